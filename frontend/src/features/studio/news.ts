import { moneyText } from "../../ui/money";
import { text } from "../../ui/text";
import { cardWords } from "../room/card-words";
import type { Row } from "../room/log";
import { words } from "./words";

/** A row of the chat as news; "" when it is none. */
export function toldOf(row: Row): string {
  if (row.kind === "presence") {
    const { names, others } = row.joined;
    return names.length + others > 0 ? text.chat.joined(names, others) : "";
  }
  if (row.kind !== "message" || !row.message.card) return "";
  const { card, user } = row.message;
  const giver = cardWords.giver(user?.name);
  if (card.kind === "tip") return words.tipped(giver, moneyText(card.amount, card.currency));
  return words.gave(giver, card.quantity > 1 ? `${card.name} ${cardWords.times(card.quantity)}` : card.name);
}
