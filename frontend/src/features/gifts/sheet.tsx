import { render } from "preact";
import type { StreamPage } from "../stream/page";
import type { Visit } from "../stream/visit";
import { Tray } from "./tray";
import { TrayPanel } from "./TrayPanel";

// One for the page: what is on its way goes on while the sheet is closed.
let tray: Tray | undefined;

/** Opens the tray in the page's place for sheets. Returns how to close it; `onClosed` hears whether the focus was in it. */
export function openTray(
  page: StreamPage,
  visit: Visit,
  chosen: string | null,
  onClosed: (focusReturns: boolean) => void,
): () => void {
  const host = document.querySelector<HTMLElement>("[data-sheet]");
  if (!host) throw new Error("There is no place for sheets");
  // Another sheet makes room.
  host.querySelector(".sheet")?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  const opened = (tray ??= new Tray(page.stream.id));
  if (chosen !== null) opened.chosen.value = chosen;
  opened.setQuantity(1);
  opened.giving.trouble.value = null;
  let isClosed = false;
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    const focusReturns = host.contains(document.activeElement) || document.activeElement === document.body;
    render(null, host);
    onClosed(focusReturns);
  };
  render(<TrayPanel tray={opened} visit={visit} page={page} onClose={close} />, host);
  return close;
}
