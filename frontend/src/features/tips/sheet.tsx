import { render } from "preact";
import type { StreamPage } from "../stream/page";
import type { Visit } from "../stream/visit";
import { Tipping } from "./tipping";
import { TipPanel } from "./TipPanel";

// One for the page: what was typed is still there when the sheet is opened again.
let tipping: Tipping | undefined;

/** A tip that this page went to pay: where it stands. Null when there is none. */
export async function tipThatCameBack(page: StreamPage, orderId: string | null, wasLeft: boolean): Promise<boolean> {
  const here = (tipping ??= new Tipping(page.stream.id));
  const order = orderId ?? here.remembered;
  // Without the order in the address somebody came back by the browser's own button.
  return order !== null && here.cameBack(order, wasLeft || orderId === null);
}

/** Opens in the page's place for sheets. Returns how to close it; `onClosed` hears whether the focus was in it. */
export function openTips(page: StreamPage, visit: Visit, onClosed: (focusReturns: boolean) => void): () => void {
  const host = document.querySelector<HTMLElement>("[data-sheet]");
  if (!host) throw new Error("There is no place for sheets");
  // Another sheet makes room.
  host.querySelector(".sheet")?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  const opened = (tipping ??= new Tipping(page.stream.id));
  let isClosed = false;
  const closed = (focusReturns: boolean): void => {
    if (isClosed) return;
    isClosed = true;
    onClosed(focusReturns);
  };
  const close = (): void => {
    if (isClosed) return;
    const focusReturns = host.contains(document.activeElement) || document.activeElement === document.body;
    closed(focusReturns);
    render(null, host);
    if (opened.outcome.peek() === "paid") opened.forget();
  };
  render(<TipPanel tipping={opened} visit={visit} page={page} onClose={close} onGone={() => closed(false)} />, host);
  return close;
}
