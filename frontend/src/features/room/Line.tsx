import { Component } from "preact";
import { text } from "../../ui/text";
import { CardLine } from "./cards";
import type { Chat } from "./chat";
import type { OwnState, Row } from "./log";
import { Name } from "./Name";
import { words } from "./words";

interface Props {
  row: Row;
  chat: Chat;
}

/** One line. Drawn again only when its row is another object, so 500 of them cost little per frame. */
export class Line extends Component<Props> {
  override shouldComponentUpdate(next: Props): boolean {
    return next.row !== this.props.row;
  }

  override render({ row, chat }: Props) {
    switch (row.kind) {
      case "message":
        if (row.message.card) return <CardLine message={row.message} chat={chat} />;
        if (row.message.user === null) return <li class="chat-line chat-quiet">{row.message.text}</li>;
        return (
          <li class="chat-line" data-line={row.message.id}>
            <Name author={row.message.user} messageId={row.message.id} /> <span class="chat-text">{row.message.text}</span>
          </li>
        );
      case "presence":
        return <Presence row={row} />;
      case "own":
        return <Own row={row} chat={chat} />;
      case "note":
        return row.isPrivate ? <Told words={row.text} /> : <li class="chat-line chat-quiet">{row.text}</li>;
    }
  }
}

function Presence({ row }: { row: Extract<Row, { kind: "presence" }> }) {
  const { joined, left } = row;
  const parts: string[] = [];
  if (joined.names.length + joined.others > 0) parts.push(text.chat.joined(joined.names, joined.others));
  if (left.names.length + left.others > 0) parts.push(text.chat.left_(left.names, left.others));
  return <li class="chat-line chat-quiet">{parts.join(" · ")}</li>;
}

/** The answer to a command. */
function Told({ words: told }: { words: string }) {
  return (
    <li class="chat-line chat-told" role="status">
      <span class="chat-text">{told}</span> <span class="chat-note">{words.only}</span>
    </li>
  );
}

function Own({ row, chat }: { row: Extract<Row, { kind: "own" }>; chat: Chat }) {
  return (
    <li class={`chat-line ${row.state.is === "accepted" ? "" : "chat-own"}`}>
      <span class="chat-name">{chat.you.value?.name}</span> <span class="chat-text">{row.text}</span>
      <Delivery state={row.state} row={row.key} chat={chat} />
    </li>
  );
}

function Delivery({ state, row, chat }: { state: OwnState; row: string; chat: Chat }) {
  switch (state.is) {
    case "accepted":
      return null;
    case "sending":
      return <span class="sr-only">{text.chat.sending}</span>;
    case "waiting":
      return <span class="chat-note">{text.chat.waiting}</span>;
    case "held":
      return (
        <span class="chat-note" role="status">
          {words.held}
        </span>
      );
    case "denied":
      return (
        <span class="chat-note" role="alert">
          {words.denied} <Ways row={row} chat={chat} mayRetry={false} />
        </span>
      );
    case "failed":
      return (
        <span class="chat-note" role="alert">
          {words.failed(state.reason, state.retryAfterSeconds)} <Ways row={row} chat={chat} mayRetry={!isAboutWords(state.reason)} />
        </span>
      );
  }
}

/** What can be done with a line that did not get through; nothing that was typed is lost. */
function Ways({ row, chat, mayRetry }: { row: string; chat: Chat; mayRetry: boolean }) {
  return (
    <>
      {mayRetry ? (
        <button type="button" class="link" onClick={() => chat.retry(row)}>
          {text.tryAgain}
        </button>
      ) : (
        <button type="button" class="link" onClick={() => chat.edit(row)}>
          {words.edit}
        </button>
      )}{" "}
      <button type="button" class="link" onClick={() => chat.discard(row)}>
        {text.chat.discard}
      </button>
    </>
  );
}

/** The same words would be refused again. */
function isAboutWords(reason: string): boolean {
  return ["not_said_here", "no_links", "emote_only", "too_long", "empty", "not_found", "not_your_place"].includes(reason);
}
