import { type ComponentChildren, render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../../ui/icon";
import { text } from "../../ui/text";

let closeOpen: () => void = () => undefined;

/**
 * Opens a dialog over the page, one at a time; on a phone it is a sheet from below.
 *
 * The browser's own dialog keeps the focus in, closes by Escape, and gives the focus back to where it was.
 */
export function openSheet(view: (close: () => void) => ComponentChildren): () => void {
  closeOpen();
  const from = document.activeElement;
  const host = document.createElement("div");
  document.body.append(host);
  let isClosed = false;
  const closed = (): void => {
    if (isClosed) return;
    isClosed = true;
    render(null, host);
    host.remove();
    // What had the focus may be gone by now: a line that was deleted.
    if (document.activeElement !== document.body) return;
    if (from instanceof HTMLElement && from.isConnected) from.focus();
    else document.querySelector<HTMLElement>("[role=log]")?.focus();
  };
  const close = (): void => {
    const dialog = host.querySelector("dialog");
    if (dialog?.open) dialog.close();
    closed();
  };
  closeOpen = close;
  render(<Frame onClosed={closed}>{view(close)}</Frame>, host);
  return close;
}

function Frame({ onClosed, children }: { onClosed: () => void; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="mod-sheet"
      aria-labelledby="mod-sheet-title"
      onClose={onClosed}
      onKeyDown={(event) => event.stopPropagation()}
      // The page behind it is the dialog's own backdrop.
      onClick={(event) => event.target === event.currentTarget && event.currentTarget.close()}
    >
      <div class="mod-sheet-box">{children}</div>
    </dialog>
  );
}

export function SheetHead({ children, close }: { children: ComponentChildren; close: () => void }) {
  return (
    <header class="mod-sheet-head">
      {children}
      <button type="button" class="btn btn-ghost btn-sm btn-square" onClick={close} aria-label={text.close}>
        <Icon name="close" />
      </button>
    </header>
  );
}
