import { openSheet, SheetHead } from "./sheet";

/** Opens the list of keys that do something here, each with what it does. */
export function openKeys(title: string, keys: readonly (readonly [string, string])[]): void {
  openSheet((close) => (
    <>
      <SheetHead close={close}>
        <h2 id="mod-sheet-title" class="flex-1">
          {title}
        </h2>
      </SheetHead>
      <dl class="mod-keys">
        {keys.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </>
  ));
}
