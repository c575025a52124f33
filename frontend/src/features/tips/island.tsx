import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../../ui/icon";
import { toast } from "../../ui/toast";
import type { StreamPage } from "../stream/page";
import { visitOf } from "../stream/visit";
import { buttonWords } from "./words-button";

/** The button that opens the sheet for tips, which is fetched when it is needed; and what became of one that was left. */
export default function TipsIsland(page: StreamPage) {
  const visit = visitOf(page.stream);
  const button = useRef<HTMLButtonElement>(null);
  const isOpen = useSignal(false);
  const isLoading = useSignal(false);
  const close = useRef<() => void>(() => undefined);
  useEffect(() => visit.enter(), [visit]);

  const open = async (back?: { order: string | null; wasLeft: boolean }): Promise<void> => {
    if (isOpen.value || isLoading.value) return;
    isLoading.value = true;
    try {
      const sheet = await import("./sheet");
      if (back && !(await sheet.tipThatCameBack(page, back.order, back.wasLeft))) return;
      isOpen.value = true;
      close.current = sheet.openTips(page, visit, (focusReturns) => {
        isOpen.value = false;
        if (focusReturns) button.current?.focus();
      });
    } catch {
      toast(buttonWords.unloaded);
    } finally {
      isLoading.value = false;
    }
  };
  useEffect(() => {
    const back = takeOrder();
    // What was left without coming back by the provider's own way is remembered by this tab.
    if (back.order !== null || sessionStorage.getItem(`busk:tip:${page.stream.id}`) !== null) void open(back);
    return () => close.current();
  }, []);

  if (page.isOwn || visit.stage.value === "scheduled" || visit.isOver.value) return null;
  return (
    <button
      ref={button}
      type="button"
      class="btn give-button"
      aria-haspopup="dialog"
      aria-expanded={isOpen.value}
      aria-busy={isLoading.value}
      title={buttonWords.tipMore}
      onClick={() => (isOpen.value ? close.current() : void open())}
    >
      <Icon name="heart" /> {buttonWords.tip}
    </button>
  );
}

/** The order in the page's address, which then goes from it: a reload asks nothing. */
function takeOrder(): { order: string | null; wasLeft: boolean } {
  const url = new URL(location.href);
  const order = url.searchParams.get("order");
  const wasLeft = url.searchParams.has("left");
  if (order !== null) {
    url.searchParams.delete("order");
    url.searchParams.delete("left");
    history.replaceState(history.state, "", url);
  }
  return { order, wasLeft };
}
