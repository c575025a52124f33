import { effect, signal } from "@preact/signals-core";
import type { FunctionComponent } from "preact";
import { Icon } from "../../ui/icon";
import { text } from "../../ui/text";
import type { Visit } from "../stream/visit";
import { Column } from "./column";
import { ColumnPanel } from "./Panel";
import { words } from "./words";

/** What the chat of a team has besides: a button for its head, and the column that it opens under it. */
export interface Desk {
  readonly isOpen: { readonly value: boolean };
  readonly Button: FunctionComponent;
  readonly Panel: FunctionComponent;
  leave(): void;
}

/** Follows what waits for the team, until it is left, whether the column is open or not. */
export function deskOf(visit: Visit, startsOpen: boolean): Desk {
  const column = new Column(visit.facts.creator.username, visit.facts.id);
  const isOpen = signal(startsOpen || new URLSearchParams(location.search).has("moderate"));
  const stopListening = visit.listen((event) => column.hear(event));
  let asked = false;
  // At once, and whenever the socket is back: what happened meanwhile was told to others.
  const stopLoading = effect(() => {
    const isThere = visit.connection.value.kind === "open";
    if (isThere || !asked) void column.load();
    asked = true;
  });
  const toggle = (): void => {
    isOpen.value = !isOpen.peek();
  };
  return {
    isOpen,
    Button: () => <Opener waiting={column.waiting.value} isOpen={isOpen.value} onClick={toggle} />,
    Panel: () => (isOpen.value ? <ColumnPanel column={column} visit={visit} onClose={toggle} /> : null),
    leave: () => {
      stopLoading();
      stopListening();
    },
  };
}

function Opener({ waiting, isOpen, onClick }: { waiting: number; isOpen: boolean; onClick: () => void }) {
  return (
    <button
      type="button"
      class="btn btn-sm mod-open"
      aria-expanded={isOpen}
      aria-label={waiting > 0 ? words.openWaiting(waiting) : words.open}
      onClick={onClick}
    >
      <Icon name="flag" /> {words.open}
      {waiting > 0 && <span class="mod-count tabular">{text.number(waiting)}</span>}
    </button>
  );
}
