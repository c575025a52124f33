import { useSignalEffect } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "../../ui/icon";
import { text } from "../../ui/text";
import type { Chat } from "./chat";
import { Line } from "./Line";

/** This near to the end counts as reading the newest line. */
const NEAR_PX = 48;
/** This near to the top loads the page before. */
const TOP_PX = 120;

/** The lines, newest at the bottom; scrolling up holds everything still until one comes back down. */
export function Log({ chat }: { chat: Chat }) {
  const box = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  /** Distance from the end before older lines were put on top, to keep what is read in its place. */
  const fromEnd = useRef<number | null>(null);
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
    following.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
    chat.log.follow(following.current);
    const isScrollable = element.scrollHeight > element.clientHeight + TOP_PX;
    if (element.scrollTop < TOP_PX && isScrollable && chat.history.value === "more") void chat.loadOlder();
  };
  const toNewest = (): void => {
    following.current = true;
    chat.log.follow(true);
    box.current?.scrollTo({ top: box.current.scrollHeight });
    box.current?.focus();
  };

  return (
    <div class="chat-log">
      <div class="chat-scroll" ref={box} onScroll={onScroll} tabIndex={0} role="log" aria-live="off" aria-label={text.chat.label}>
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
