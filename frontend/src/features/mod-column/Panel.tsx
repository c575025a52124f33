import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "../../ui/icon";
import { text } from "../../ui/text";
import { openKeys } from "../moderation/keys";
import type { Visit } from "../stream/visit";
import type { Column, Part } from "./column";
import { Head } from "./Head";
import { HeldList, RecentList, ReportList } from "./lists";
import { words } from "./words";

const PARTS: readonly Part[] = ["held", "reports", "recent"];

interface Props {
  column: Column;
  visit: Visit;
  onClose: () => void;
}

/** What a team works through, beside the chat. The chat's panel around it opens the cards of names in it. */
export function ColumnPanel({ column, visit, onClose }: Props) {
  const root = useRef<HTMLElement>(null);
  const part = useSignal<Part>("held");
  const counts = useComputed(() => ({ held: column.held.value.length, reports: column.reports.value.length, recent: 0 }));
  const leftFrom = useKeptFocus(root, [column.held.value, column.recent.value, part.value]);

  const decide = (id: string, approve: boolean): void => {
    leftFrom(id);
    void column.decide(id, approve);
  };
  const undo = (id: string): void => {
    const line = column.recent.peek().find((one) => one.id === id);
    if (line) void column.undo(line);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey || !root.current) return;
    const { target } = event;
    if (target instanceof Element && target.closest("select, input, textarea")) return;
    const item = target instanceof Element ? target.closest<HTMLElement>("[data-item]") : null;
    const isTab = target instanceof Element && target.getAttribute("role") === "tab";
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const id = item?.dataset["item"];
    if (key === "ArrowDown" || key === "ArrowUp") step(root.current, item, key === "ArrowDown" ? 1 : -1);
    else if (isTab && (key === "ArrowLeft" || key === "ArrowRight")) turn(key === "ArrowRight" ? 1 : -1);
    else if (key === "?") openKeys(words.keysTitle, words.keys);
    else if (event.repeat || id === undefined) return;
    else if (part.peek() === "held" && (key === "a" || key === "x")) decide(id, key === "a");
    else if (part.peek() === "recent" && key === "u") undo(id);
    else if (key === "Enter" && target === item) item?.querySelector<HTMLElement>("[data-person]")?.click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const turn = (by: number): void => {
    const next = PARTS[(PARTS.indexOf(part.peek()) + by + PARTS.length) % PARTS.length] ?? "held";
    part.value = next;
    root.current?.querySelector<HTMLElement>(`#mod-tab-${next}`)?.focus();
  };

  const told = column.told.value;
  const username = visit.facts.creator.username;
  return (
    <section class="mod-column" ref={root} aria-labelledby="mod-column-title" onKeyDown={onKeyDown}>
      <div class="mod-column-head">
        <h3 id="mod-column-title">{words.title}</h3>
        <span class="flex-1" />
        <a class="btn btn-ghost btn-sm" href={`/studio/moderation/trail?channel=${encodeURIComponent(username)}`} target="_blank" rel="noopener" title={words.pages}>
          <Icon name="settings" />
          <span class="sr-only">{words.pages}</span>
        </a>
        <button type="button" class="btn btn-ghost btn-sm" onClick={() => openKeys(words.keysTitle, words.keys)} aria-label={words.keysTitle} title={words.keysTitle}>
          ?
        </button>
        <button type="button" class="btn btn-ghost btn-sm btn-square" onClick={onClose} aria-label={words.close}>
          <Icon name="close" />
        </button>
      </div>
      <Head column={column} />
      {told && (
        <p class={told.failed ? "mod-told mod-failed" : "mod-told"} role={told.failed ? "alert" : "status"}>
          {told.words}
        </p>
      )}
      <div class="mod-column-tabs" role="tablist" aria-label={words.title}>
        {PARTS.map((one) => (
          <button
            key={one}
            id={`mod-tab-${one}`}
            type="button"
            role="tab"
            aria-selected={part.value === one}
            aria-controls="mod-column-list"
            tabIndex={part.value === one ? 0 : -1}
            onClick={() => (part.value = one)}
          >
            {words.tabs[one]}
            {counts.value[one] > 0 && (
              <span class="mod-count tabular" aria-label={words.tabCount(counts.value[one])}>
                {text.number(counts.value[one])}
              </span>
            )}
          </button>
        ))}
      </div>
      <div id="mod-column-list" class="mod-column-list" role="tabpanel" aria-labelledby={`mod-tab-${part.value}`}>
        {column.loads.value[part.value] === "loading" && <p class="skeleton-block mod-column-skeleton" role="status" aria-label={words.loading} />}
        {column.loads.value[part.value] === "failed" && (
          <p role="alert">
            {words.failed}{" "}
            <button type="button" class="link" onClick={() => void column.loadPart(part.peek())}>
              {text.tryAgain}
            </button>
          </p>
        )}
        {column.loads.value[part.value] === "ready" && (
          <>
            {part.value === "held" && <HeldList column={column} onDecide={decide} />}
            {part.value === "reports" && <ReportList column={column} />}
            {part.value === "recent" && <RecentList column={column} username={username} />}
          </>
        )}
      </div>
    </section>
  );
}

/** From one to the next; from the tabs into the list, and from its first back to them. */
function step(root: HTMLElement, from: HTMLElement | null, by: 1 | -1): void {
  const items = [...root.querySelectorAll<HTMLElement>("[data-item]")];
  const next = from === null ? (by === 1 ? 0 : items.length - 1) : items.indexOf(from) + by;
  if (next < 0) root.querySelector<HTMLElement>("[role=tab][aria-selected=true]")?.focus();
  else items[Math.min(next, items.length - 1)]?.focus();
}

/** What goes leaves the focus on what comes after it. Returns how to say that something is about to go. */
function useKeptFocus(root: { current: HTMLElement | null }, after: readonly unknown[]): (id: string) => void {
  const leaving = useRef<{ id: string; place: number } | null>(null);
  useLayoutEffect(() => {
    const left = leaving.current;
    if (left === null || root.current === null) return;
    const items = [...root.current.querySelectorAll<HTMLElement>("[data-item]")];
    if (items.some((item) => item.dataset["item"] === left.id)) return;
    leaving.current = null;
    if (document.activeElement !== document.body) return;
    const next = items[Math.min(left.place, items.length - 1)] ?? root.current.querySelector<HTMLElement>("[role=tab][aria-selected=true]");
    next?.focus();
  }, after);
  useEffect(() => () => (leaving.current = null), []);
  return (id) => {
    const items = [...(root.current?.querySelectorAll<HTMLElement>("[data-item]") ?? [])];
    const place = items.findIndex((item) => item.dataset["item"] === id);
    leaving.current = items[place]?.contains(document.activeElement) ? { id, place } : null;
  };
}
