import { useSignal } from "@preact/signals";
import type { GiftCard, TipCard } from "../../realtime/events.gen";
import { Icon } from "../../ui/icon";
import { moneyText } from "../../ui/money";
import { text } from "../../ui/text";
import { cardWords } from "./card-words";
import type { Chat } from "./chat";
import type { Message } from "./log";
import { Name } from "./Name";

/** A gift or a tip among the lines. */
export function CardLine({ message, chat }: { message: Message; chat: Chat }) {
  const { card } = message;
  return card?.kind === "gift" ? (
    <Gift message={message} card={card} />
  ) : card?.kind === "tip" ? (
    <Tip message={message} card={card} chat={chat} />
  ) : null;
}

function Giver({ message }: { message: Message }) {
  return message.user ? <Name author={message.user} messageId={message.id} /> : <span class="chat-name">{cardWords.giver(undefined)}</span>;
}

function Gift({ message, card }: { message: Message; card: GiftCard }) {
  return (
    <li data-line={message.id} class={`chat-line chat-card chat-card-gift gift-${card.rarity}`} data-gift-line={card.gift}>
      <p class="chat-card-head">
        <span>
          <Giver message={message} /> {cardWords.gave} <b>{card.name}</b>{" "}
          {card.quantity > 1 && <b class="tabular">{cardWords.times(card.quantity)}</b>}
        </span>
        <span class="chat-card-amount tabular">
          <Icon name="coin" /> {cardWords.coins(card.coins)}
        </span>
      </p>
    </li>
  );
}

function Tip({ message, card, chat }: { message: Message; card: TipCard; chat: Chat }) {
  return (
    <li data-line={message.id} class={`chat-line chat-card tip-${card.tier}`} data-tip={card.tip}>
      <p class="chat-card-head">
        <span>
          <Giver message={message} /> {cardWords.tipped}
        </span>
        <b class="chat-card-amount tabular">{moneyText(card.amount, card.currency)}</b>
      </p>
      {message.text !== "" && <p class="chat-text">{message.text}</p>}
      {chat.moderates.value && <TakeDown chat={chat} card={card} hasWords={message.text !== ""} />}
    </li>
  );
}

/** For who streams: takes down what a tip says, once it was asked twice. */
export function TakeDown({ chat, card, hasWords }: { chat: Chat; card: TipCard; hasWords: boolean }) {
  const state = useSignal<"idle" | "asking" | "pending" | "failed">("idle");
  if (!hasWords && card.pinned_until === null) return null;
  if (state.value === "idle") {
    return (
      <button type="button" class="link chat-card-act" onClick={() => (state.value = "asking")}>
        {cardWords.takeDown}
      </button>
    );
  }
  const act = async (): Promise<void> => {
    state.value = "pending";
    state.value = (await chat.takeDown(card.tip)) ? "idle" : "failed";
  };
  return (
    <p class="chat-card-ask" role="alert">
      {state.value === "failed" ? cardWords.takeDownFailed : cardWords.takeDownAsk}{" "}
      <button type="button" class="btn btn-xs" disabled={state.value === "pending"} onClick={() => void act()}>
        {state.value === "failed" ? text.tryAgain : cardWords.takeDownYes}
      </button>{" "}
      <button type="button" class="btn btn-ghost btn-xs" onClick={() => (state.value = "idle")}>
        {cardWords.takeDownNo}
      </button>
    </p>
  );
}
