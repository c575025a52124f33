// Makes components follow the signals that they read.
import "@preact/signals";
import { Component, render, type ComponentChildren, type ComponentType } from "preact";
import { text } from "./text";

/** What `features/<name>/island.tsx` exports by default: a component that takes its JSON props. */
type Island = ComponentType<Record<string, unknown>>;
type Load = () => Promise<{ default: Island }>;

// A folder of features with an island.tsx is an island of that name, in a chunk of its own.
const islands = import.meta.glob<{ default: Island }>("../features/*/island.tsx");

/**
 * Brings every `<div data-island="name" data-props="id of a json script">` to life.
 *
 * What the server rendered inside stays visible until the code has arrived. Leaving the page unmounts
 * (sockets and cameras are released by effects); coming back out of the back/forward cache mounts anew.
 */
export function mountIslands(root: Document): void {
  const hosts = [...root.querySelectorAll<HTMLElement>("[data-island]")];
  const mountAll = (): void => {
    for (const host of hosts) void mount(host);
  };
  mountAll();
  window.addEventListener("pagehide", () => {
    for (const host of hosts) render(null, host);
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) mountAll();
  });
}

async function mount(host: HTMLElement): Promise<void> {
  const name = host.dataset["island"] ?? "";
  const load = islands[`../features/${name}/island.tsx`] as Load | undefined;
  if (!load) throw new Error(`There is no island called "${name}"`);
  try {
    const { default: View } = await load();
    const props = readProps(host);
    host.replaceChildren();
    render(<Boundary retry={() => void mount(host)} children={<View {...props} />} />, host);
    host.dataset["mounted"] = "";
  } catch (error) {
    reportError(error);
    host.replaceChildren();
    render(<Calm retry={() => void mount(host)} />, host);
  }
}

function readProps(host: HTMLElement): Record<string, unknown> {
  const id = host.dataset["props"];
  const json = id ? document.getElementById(id)?.textContent : undefined;
  return json ? (JSON.parse(json) as Record<string, unknown>) : {};
}

interface BoundaryProps {
  retry: () => void;
  children: ComponentChildren;
}

/** A fault in one island stays in that island, and can be tried again. */
class Boundary extends Component<BoundaryProps, { failed: boolean }> {
  override state = { failed: false };

  override componentDidCatch(error: unknown): void {
    reportError(error);
    this.setState({ failed: true });
  }

  override render(): ComponentChildren {
    if (!this.state.failed) return this.props.children;
    return <Calm retry={() => this.setState({ failed: false })} />;
  }
}

function Calm({ retry }: { retry: () => void }) {
  return (
    <div role="alert" class="flex flex-wrap items-center gap-3 rounded-box border border-base-300 bg-base-200 p-4">
      <p class="m-0 flex-1">{text.island.failed}</p>
      <button type="button" class="btn btn-sm" onClick={retry}>
        {text.tryAgain}
      </button>
    </div>
  );
}
