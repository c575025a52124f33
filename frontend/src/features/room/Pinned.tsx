import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { moneyText } from "../../ui/money";
import { clock } from "../../ui/times";
import { TakeDown } from "./cards";
import type { Chat } from "./chat";
import { cardWords } from "./card-words";
import type { Pin } from "./pins";

/** The running tips in a row above the chat; one that is tapped shows what it says. */
export function Pinned({ chat }: { chat: Chat }) {
  const pins = chat.pins.list.value;
  const now = useSignal(Date.now());
  const chosen = useSignal<string | null>(null);
  const areThere = pins.length > 0;
  useEffect(() => {
    if (!areThere) return;
    now.value = Date.now();
    const timer = setInterval(() => {
      now.value = Date.now();
      chat.pins.prune();
    }, 1000);
    return () => clearInterval(timer);
  }, [areThere, chat]);
  if (!areThere || !chat.isOpen.value) return null;
  const open = pins.find(({ message }) => message.id === chosen.value);
  return (
    <section class="pins" aria-label={cardWords.pins}>
      <ul class="pins-row">
        {pins.map((pin) => (
          <li key={pin.message.id}>
            <button
              type="button"
              class={`pin tip-${pin.card.tier}`}
              aria-expanded={pin === open}
              aria-controls="pin-open"
              onClick={() => (chosen.value = pin === open ? null : pin.message.id)}
            >
              <b class="tabular">{moneyText(pin.card.amount, pin.card.currency)}</b>
              <span class="pin-name">{cardWords.giver(pin.message.user?.name)}</span>
              <span class="pin-left tabular">{left(pin, now.value)}</span>
            </button>
          </li>
        ))}
      </ul>
      <div id="pin-open">
        {open && (
          <div class={`pin-open tip-${open.card.tier}`}>
            <p class="chat-card-head">
              <b>{cardWords.giver(open.message.user?.name)}</b>
              <b class="chat-card-amount tabular">{moneyText(open.card.amount, open.card.currency)}</b>
            </p>
            {open.message.text !== "" && <p class="chat-text">{open.message.text}</p>}
            <p class="pin-ends">{cardWords.pinnedFor(left(open, now.value))}</p>
            {chat.moderates.value && <TakeDown chat={chat} card={open.card} hasWords={true} />}
          </div>
        )}
      </div>
    </section>
  );
}

function left(pin: Pin, now: number): string {
  return clock((pin.endsAt - now) / 1000);
}
