"""Every operation of the API, out of its own schema."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    # The schemas of the fields of its JSON body, and of its query.
    body: dict[str, Any]
    query: dict[str, Any]
    has_body: bool

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"

    def url(self, **ids: object) -> str:
        return self.path.format_map(dict.fromkeys(_names(self.path), NOBODY) | {"username": "alice"} | ids)


NOBODY = "0199fc4c-0000-7000-8000-000000000000"


@cache
def operations() -> tuple[Operation, ...]:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    parts = schema["components"]["schemas"]
    found = []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            contents = operation.get("requestBody", {}).get("content", {})
            named = contents.get("application/json", {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
            query = {p["name"]: p["schema"] for p in operation.get("parameters", []) if p["in"] == "query"}
            body = parts[named].get("properties", {}) if named else {}
            found.append(Operation(method, path, body, query, bool(contents)))
    return tuple(found)


def _names(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]
