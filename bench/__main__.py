"""``python -m bench NAME``: run one benchmark, or name them all."""

import pkgutil
import runpy
import sys

import bench


def main() -> None:
    names = sorted(
        module.name for module in pkgutil.iter_modules(bench.__path__) if module.name != "__main__"
    )
    if len(sys.argv) < 2 or sys.argv[1] not in names:
        print(f"Benchmarks: {', '.join(names)}. Run one by: make bench NAME={names[0] if names else '...'}")
        sys.exit(2 if len(sys.argv) > 1 else 0)
    name = sys.argv.pop(1)
    runpy.run_module(f"bench.{name}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
