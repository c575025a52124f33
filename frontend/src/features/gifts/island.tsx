import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../../ui/icon";
import { toast } from "../../ui/toast";
import type { StreamPage } from "../stream/page";
import { visitOf } from "../stream/visit";
import type { GiftSent } from "./types";
import { words } from "./words";

const KEY = "g";
/** In the page's address, once somebody is back from paying or signing in: the gift they had chosen. */
const CHOSEN = "gift";

/** The button that opens the tray. Tray and animations are fetched when they are needed, or nobody needs the line. */
export default function GiftsIsland(page: StreamPage) {
  const visit = visitOf(page.stream);
  const button = useRef<HTMLButtonElement>(null);
  const isOpen = useSignal(false);
  const isLoading = useSignal(false);
  const close = useRef<() => void>(() => undefined);

  useEffect(() => {
    // Gifts that come before their stage is there wait for it.
    const early: GiftSent[] = [];
    let take = (event: GiftSent): void => {
      early.push(event);
      void prepare();
    };
    let remove = (): void => undefined;
    let gone = false;
    const prepare = once(async () => {
      const { raise } = await import("./stage");
      if (gone) return;
      const stage = raise();
      [take, remove] = [stage.receive, stage.remove];
      for (const event of early.splice(0)) take(event);
    });
    const stopHearing = visit.listen((event) => {
      if (event.type === "gift:sent") take(event);
    });
    const stopWaiting = whenIdle(() => void prepare());
    const leave = visit.enter();
    return () => {
      gone = true;
      stopHearing();
      stopWaiting();
      remove();
      leave();
    };
  }, [visit]);

  const open = async (chosen: string | null = null): Promise<void> => {
    if (isOpen.value || isLoading.value) return;
    isLoading.value = true;
    try {
      const { openTray } = await import("./sheet");
      close.current = openTray(page, visit, chosen, (focusReturns) => {
        isOpen.value = false;
        if (focusReturns) button.current?.focus();
      });
      isOpen.value = true;
    } catch {
      toast(words.unloaded);
    } finally {
      isLoading.value = false;
    }
  };
  const toggle = (): void => (isOpen.value ? close.current() : void open());

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const target = event.target instanceof HTMLElement ? event.target : document.body;
      const isTyping = target.matches("input:not([type=range], [type=checkbox]), textarea, select, [contenteditable]");
      if (event.key === "Escape" && target === document.body) close.current();
      if (event.key.toLowerCase() !== KEY || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
      event.preventDefault();
      toggle();
    };
    document.addEventListener("keydown", onKey);
    const chosen = takeChosen();
    if (chosen !== null) void open(chosen);
    return () => {
      document.removeEventListener("keydown", onKey);
      close.current();
    };
  }, []);

  return (
    <button
      ref={button}
      type="button"
      class="btn give-button"
      aria-haspopup="dialog"
      aria-expanded={isOpen.value}
      aria-keyshortcuts="G"
      aria-busy={isLoading.value}
      title={words.giveKey}
      onClick={toggle}
    >
      <Icon name="gift" /> {words.give}
    </button>
  );
}

/** The gift in the page's address, which then goes from it: a reload opens nothing. */
function takeChosen(): string | null {
  const url = new URL(location.href);
  const chosen = url.searchParams.get(CHOSEN);
  if (chosen === null) return null;
  url.searchParams.delete(CHOSEN);
  history.replaceState(history.state, "", url);
  return chosen;
}

function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= act().catch(() => void (done = undefined)));
}

function whenIdle(act: () => void): () => void {
  // Safari has no such moment; there some seconds do.
  if (typeof requestIdleCallback !== "function") {
    const timer = setTimeout(act, 3000);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(act, { timeout: 5000 });
  return () => cancelIdleCallback(handle);
}
