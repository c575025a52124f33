import type { ComponentChildren } from "preact";
import { clock, momentOf } from "../../ui/times";
import { Name } from "../room/Name";
import { nameColour } from "../room/names";
import { useSecondsUntil } from "../room/useSeconds";
import type { ActedLine } from "./acted";
import type { Column } from "./column";
import { words } from "./words";

/** What waits, the oldest first: it has waited longest. */
export function HeldList({ column, onDecide }: { column: Column; onDecide: (id: string, approve: boolean) => void }) {
  if (column.held.value.length === 0) return <p class="quiet">{words.held.empty}</p>;
  return (
    <ul>
      {column.held.value.map(({ id, user, text, reason, piece, at }) => (
        <Item key={id} id={id} label={words.held.item(user.name)} isBusy={column.busy.value.has(id)}>
          <p>
            <Name author={user} /> <span class="chat-text">{marked(text, piece)}</span>
          </p>
          <p class="mod-item-foot">
            <span class="badge badge-outline">{words.held.reasons[reason] ?? reason}</span>
            <Moment at={at} />
            <span class="flex-1" />
            <button type="button" class="btn btn-sm" disabled={column.busy.value.has(id)} onClick={() => onDecide(id, false)} aria-label={words.held.denyOf(user.name)}>
              {words.held.deny}
            </button>
            <button type="button" class="btn btn-sm btn-primary" disabled={column.busy.value.has(id)} onClick={() => onDecide(id, true)} aria-label={words.held.approveOf(user.name)}>
              {words.held.approve}
            </button>
          </p>
        </Item>
      ))}
    </ul>
  );
}

/** Open cases, the newest first. Staff decide them; the team acts on the line or on the person. */
export function ReportList({ column }: { column: Column }) {
  if (column.reports.value.length === 0) return <p class="quiet">{words.reports.empty}</p>;
  return (
    <ul>
      {column.reports.value.map(({ case_id, subject, subject_id, category, count, at, text, about }) => (
        <Item key={case_id} id={case_id} label={words.reports.item(words.reports.subjects[subject] ?? subject)}>
          <p>
            {about?.id !== undefined && (
              <>
                <Whom id={about.id} name={about.name ?? words.reports.card} {...(subject === "message" ? { messageId: subject_id } : {})} />{" "}
              </>
            )}
            <span class="chat-text">{text}</span>
          </p>
          <p class="mod-item-foot">
            <b>{words.reports.categories[category] ?? category}</b>
            <span>{words.reports.count(count)}</span>
            <span class="quiet">{words.reports.subjects[subject] ?? subject}</span>
            <Moment at={at} />
          </p>
        </Item>
      ))}
    </ul>
  );
}

/** What was done, the newest first. */
export function RecentList({ column, username }: { column: Column; username: string }) {
  return (
    <>
      {column.recent.value.length === 0 ? (
        <p class="quiet">{words.recent.empty}</p>
      ) : (
        <ul>
          {column.recent.value.map((line) => (
            <Acted key={line.id} line={line} column={column} />
          ))}
        </ul>
      )}
      <p>
        <a class="link" href={`/studio/moderation/trail?channel=${encodeURIComponent(username)}`} target="_blank" rel="noopener">
          {words.recent.all}
        </a>
      </p>
    </>
  );
}

function Acted({ line, column }: { line: ActedLine; column: Column }) {
  const { id, at, action, by, whom, reason, until, changes } = line;
  const what = words.recent.actions[action] ?? action;
  // Once it is over there is nothing to undo.
  const left = useSecondsUntil(action === "person.timed_out" && until !== null ? Date.parse(until) : null);
  const undo = column.undoOf(line);
  return (
    <Item id={id} label={[what, whom?.name].filter(Boolean).join(", ")} isBusy={column.busy.value.has(id)}>
      <p>
        <b>{what}</b> {whom && <Whom id={whom.id} name={whom.name} />}{" "}
        {undo?.is === "timeout" && left !== null && <span class="quiet tabular">{clock(left)}</span>}
      </p>
      {(changes !== "" || reason !== "") && (
        <p class="mod-item-more">
          {whom === null && changes} {reason !== "" && <q>{reason}</q>}
        </p>
      )}
      <p class="mod-item-foot">
        <span class="quiet">{words.recent.by(by?.name ?? words.recent.rule)}</span>
        <Moment at={at} />
        <span class="flex-1" />
        {undo && (
          <button
            type="button"
            class="btn btn-sm"
            disabled={column.busy.value.has(id)}
            onClick={() => void column.undo(line)}
            aria-label={words.recent.undoOf(what, whom?.name)}
          >
            {words.recent.undo}
          </button>
        )}
      </p>
    </Item>
  );
}

interface ItemProps {
  id: string;
  label: string;
  isBusy?: boolean;
  children: ComponentChildren;
}

function Item({ id, label, isBusy = false, children }: ItemProps) {
  return (
    <li class="mod-item" data-item={id} tabIndex={-1} aria-label={label} aria-busy={isBusy}>
      {children}
    </li>
  );
}

/** Somebody whose card opens. */
function Whom({ id, name, messageId }: { id: string; name: string; messageId?: string }) {
  return (
    <button type="button" class={`chat-name ${nameColour(id)}`} data-person={id} data-message={messageId} aria-haspopup="dialog">
      {name}
    </button>
  );
}

function Moment({ at }: { at: string }) {
  return (
    <time class="quiet tabular" dateTime={at} title={momentOf(at)}>
      {new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}
    </time>
  );
}

/** The text with the piece that made it wait made visible. */
function marked(text: string, piece: string): ComponentChildren {
  const start = piece === "" ? -1 : text.indexOf(piece);
  if (start < 0) return text;
  return (
    <>
      {text.slice(0, start)}
      <mark>{piece}</mark>
      {text.slice(start + piece.length)}
    </>
  );
}
