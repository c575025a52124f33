import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Hidden } from "../room/hidden";
import type { StreamPage } from "../stream/page";
import { visitOf } from "../stream/visit";
import { Board } from "./board";
import { DELETED, Places } from "./Places";
import { words } from "./words";

/** On a channel's page; on a stream's it is the page of the stream. */
interface ChannelProps {
  readonly username: string;
}

interface Tab {
  readonly key: string;
  readonly name: string;
  readonly board: Board;
}

export default function GiftBoardIsland(props: StreamPage | ChannelProps) {
  return "username" in props ? <OfChannel username={props.username} /> : <OfStream page={props} />;
}

function ofChannel(username: string): Tab[] {
  const path = `/api/channels/${encodeURIComponent(username)}/leaderboard`;
  return [
    { key: "week", name: words.week, board: new Board(`${path}?span=week`) },
    { key: "ever", name: words.ever, board: new Board(`${path}?span=ever`) },
  ];
}

function OfChannel({ username }: { username: string }) {
  const tabs = useMemo(() => ofChannel(username), [username]);
  return (
    <section aria-labelledby="board-title" class="board-box">
      <h2 id="board-title" class="section-title">
        {words.title}
      </h2>
      <Tabs tabs={tabs} isShown={true} hidden={null} />
    </section>
  );
}

/** Closed on a phone, which needs the room for the chat. */
function OfStream({ page }: { page: StreamPage }) {
  const visit = visitOf(page.stream);
  const isOpen = useSignal(matchMedia("(min-width: 64rem)").matches);
  const tabs = useMemo(() => {
    const own = new Board(`/api/streams/${page.stream.id}/leaderboard`);
    const { username } = page.stream.creator;
    return [{ key: "stream", name: words.stream, board: own }, ...(username === DELETED ? [] : ofChannel(username))];
  }, []);
  useEffect(() => {
    const stopHearing = visit.listen((event) => {
      if (event.type === "gift:sent") for (const { board } of tabs) board.poke(visit.viewers.peek());
    });
    const leave = visit.enter();
    return () => {
      stopHearing();
      leave();
    };
  }, [visit]);
  return (
    <details class="stream-about" open={isOpen.value} onToggle={(event) => (isOpen.value = event.currentTarget.open)}>
      <summary>{words.title}</summary>
      <Tabs tabs={tabs} isShown={isOpen.value} hidden={visit.chat.log.hidden} />
    </details>
  );
}

function Tabs({ tabs, isShown, hidden }: { tabs: readonly Tab[]; isShown: boolean; hidden: Hidden | null }) {
  const chosen = useSignal(tabs[0]?.key);
  const list = useRef<HTMLDivElement>(null);
  const tab = tabs.find(({ key }) => key === chosen.value);
  useEffect(() => {
    const look = (): void => {
      for (const one of tabs) one.board.watch(isShown && one === tab && document.visibilityState === "visible");
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [isShown, tab]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined || !tab) return;
    event.preventDefault();
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    chosen.value = next?.key;
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[next ? tabs.indexOf(next) : 0]?.focus();
  };
  return (
    <>
      <div ref={list} class="board-tabs" role="tablist" aria-label={words.title} onKeyDown={onKeyDown}>
        {tabs.map(({ key, name }) => (
          <button
            key={key}
            type="button"
            role="tab"
            id={`board-tab-${key}`}
            class={`btn btn-sm ${key === chosen.value ? "" : "btn-ghost"}`}
            aria-selected={key === chosen.value}
            aria-controls="board-panel"
            tabIndex={key === chosen.value ? 0 : -1}
            onClick={() => (chosen.value = key)}
          >
            {name}
          </button>
        ))}
      </div>
      <div id="board-panel" role="tabpanel" aria-labelledby={`board-tab-${chosen.value}`} class="board-panel">
        {tab && <Places board={tab.board} hidden={hidden} />}
      </div>
    </>
  );
}
