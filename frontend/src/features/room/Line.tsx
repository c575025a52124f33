import { Component } from "preact";
import { text } from "../../ui/text";
import { CardLine } from "./cards";
import type { Chat } from "./chat";
import type { OwnState, Row } from "./log";
import { Name } from "./Name";

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
          <li class="chat-line">
            <Name author={row.message.user} /> <span class="chat-text">{row.message.text}</span>
          </li>
        );
      case "presence":
        return <Presence row={row} />;
      case "own":
        return <Own row={row} chat={chat} />;
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

function Own({ row, chat }: { row: Extract<Row, { kind: "own" }>; chat: Chat }) {
  return (
    <li class={`chat-line ${row.state.is === "accepted" ? "" : "chat-own"}`}>
      <span class="chat-name">{chat.you.value?.name}</span> <span class="chat-text">{row.text}</span>
      <Delivery state={row.state} retry={() => chat.retry(row.key)} discard={() => chat.discard(row.key)} />
    </li>
  );
}

function Delivery({ state, retry, discard }: { state: OwnState; retry: () => void; discard: () => void }) {
  switch (state.is) {
    case "accepted":
      return null;
    case "sending":
      return <span class="sr-only">{text.chat.sending}</span>;
    case "waiting":
      return <span class="chat-note">{text.chat.waiting}</span>;
    case "failed":
      return (
        <span class="chat-note" role="alert">
          {text.chat.failed(state.reason, state.retryAfterSeconds)}{" "}
          <button type="button" class="link" onClick={retry}>
            {text.tryAgain}
          </button>{" "}
          <button type="button" class="link" onClick={discard}>
            {text.chat.discard}
          </button>
        </span>
      );
  }
}
