import { useSignalEffect } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "../../ui/icon";
import { text } from "../../ui/text";
import type { Chat } from "./chat";
import { nextName } from "./keys";
import { Line } from "./Line";
import { words } from "./words";

/** This near to the end counts as reading the newest line. */
const NEAR_PX = 48;
/** This near to the top loads the page before. */
const TOP_PX = 120;

/** So long after the pointer moved over the lines nothing moves under it, for those who act on them. */
const POINTING_MS = 3000;

/** The lines, newest at the bottom; scrolling up, or standing on a line, holds everything still until one comes back down. */
export function Log({ chat }: { chat: Chat }) {
  const box = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  /** Distance from the end before older lines were put on top, to keep what is read in its place. */
  const fromEnd = useRef<number | null>(null);
  /** A line has the focus, or a moderator points at one: what they are about to act on must not move. */
  const isHeld = useRef({ byFocus: false, byPointer: false });
  const pointing = useRef<ReturnType<typeof setTimeout>>(undefined);
  useLayoutEffect(() => () => clearTimeout(pointing.current), []);
  const rows = chat.log.rows.value;
  const unread = chat.log.unread.value;

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    if (fromEnd.current !== null) {
      element.scrollTop = element.scrollHeight - fromEnd.current;
      fromEnd.current = null;
    } else if (following.current) {
      element.scrollTop = element.scrollHeight;
    }
  }, [rows]);

  // A keyboard that opens, or a bar that appears, changes the box and must not hide the newest line.
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      if (following.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useSignalEffect(() => {
    if (chat.history.value === "loading" && box.current) {
      fromEnd.current = box.current.scrollHeight - box.current.scrollTop;
    } else if (chat.history.value === "failed") {
      fromEnd.current = null;
    }
  });

  const onScroll = (): void => {
    const element = box.current;
    if (!element) return;
    const { byFocus, byPointer } = isHeld.current;
    following.current = !byFocus && !byPointer && element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
    chat.log.follow(following.current);
    const isScrollable = element.scrollHeight > element.clientHeight + TOP_PX;
    if (element.scrollTop < TOP_PX && isScrollable && chat.history.value === "more") void chat.loadOlder();
  };
  const onFocus = (): void => {
    isHeld.current.byFocus = box.current !== document.activeElement && (box.current?.contains(document.activeElement) ?? false);
    onScroll();
  };
  const onPointerMove = (event: PointerEvent): void => {
    if (event.pointerType !== "mouse" || !chat.standing.me.peek()?.moderates) return;
    clearTimeout(pointing.current);
    const begins = !isHeld.current.byPointer;
    isHeld.current.byPointer = true;
    pointing.current = setTimeout(onPointerGone, POINTING_MS);
    if (begins) onScroll();
  };
  const onPointerGone = (): void => {
    if (!isHeld.current.byPointer) return;
    clearTimeout(pointing.current);
    isHeld.current.byPointer = false;
    onScroll();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const element = box.current;
    if (!element || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Escape" && isHeld.current.byFocus) {
      event.stopPropagation();
      toNewest();
      return;
    }
    const next = nextName(event.key, element, document.activeElement);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    next.focus();
  };
  const toNewest = (): void => {
    following.current = true;
    isHeld.current = { byFocus: false, byPointer: false };
    chat.log.follow(true);
    box.current?.scrollTo({ top: box.current.scrollHeight });
    box.current?.focus();
  };

  return (
    <div class="chat-log">
      <div
        class="chat-scroll"
        ref={box}
        onScroll={onScroll}
        onFocusIn={onFocus}
        // Where the focus goes is known once it has gone.
        onFocusOut={() => setTimeout(onFocus)}
        onPointerMove={onPointerMove}
        onPointerLeave={onPointerGone}
        onKeyDown={onKeyDown}
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={text.chat.label}
        aria-description={words.keys}
      >
        <Top chat={chat} />
        <ol class="chat-lines">
          {rows.map((row) => (
            <Line key={row.key} row={row} chat={chat} />
          ))}
        </ol>
      </div>
      {unread > 0 && (
        <button type="button" class="btn btn-primary btn-sm chat-unread" onClick={toNewest} aria-label={text.chat.toNewest}>
          {text.chat.newMessages(unread)} <Icon name="down" />
        </button>
      )}
    </div>
  );
}

function Top({ chat }: { chat: Chat }) {
  if (chat.you.value === null && chat.log.rows.value.length === 0 && chat.isOpen.value) return <Skeleton />;
  switch (chat.history.value) {
    case "loading":
      return <p class="chat-quiet">{text.chat.loadingOlder}</p>;
    case "failed":
      return (
        <p class="chat-quiet" role="alert">
          {text.chat.olderFailed}{" "}
          <button type="button" class="link" onClick={() => void chat.loadOlder()}>
            {text.tryAgain}
          </button>
        </p>
      );
    case "more":
      return (
        <button type="button" class="btn btn-ghost btn-xs self-center" onClick={() => void chat.loadOlder()}>
          {text.chat.older}
        </button>
      );
    case "whole":
      return chat.log.rows.value.length === 0 ? <p class="chat-quiet">{text.chat.empty}</p> : null;
  }
}

function Skeleton() {
  return (
    <div class="flex flex-col gap-3" role="status" aria-label={text.chat.loading}>
      {[70, 45, 85, 60].map((width) => (
        <span key={width} class={`skeleton-block h-4 chat-skeleton-${width}`} />
      ))}
    </div>
  );
}
