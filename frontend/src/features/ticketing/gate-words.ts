import { moneyText } from "../../ui/money";
import { text } from "../../ui/text";
import type { Price } from "../stream/gate";

export const words = {
  gate: "A ticket is needed",
  price: (price: Price): string => {
    const { amount, currency, coins, pay_what_you_want: isLeast } = price;
    const ways = [
      ...(amount === null ? [] : [`${isLeast ? "from " : ""}${moneyText(amount, currency)}`]),
      ...(coins === null ? [] : [text.count(coins, "coin", "coins")]),
    ];
    return `A ticket costs ${ways.join(" or ")}`;
  },
  starts: (moment: string) => `Planned for ${moment}`,
  buy: "Buy ticket",
  lookIn: (seconds: number) => `Watch ${seconds} s free`,
  haveOne: "I have a ticket",
  noneFound: "There is no ticket of yours for this stream. If you just paid, wait a moment and try again.",
  elsewhere: "You watch on another device",
  elsewhereMore: "A ticket is good for one device at a time.",
  takeOver: "Watch here instead",
  preview: "Free preview",
  left: (time: string) => `Free for ${time}`,
  trouble: (code: string): string => {
    switch (code) {
      case "no_ticket":
        return words.noneFound;
      case "not_signed_in":
        return "You are not signed in. Sign in with the account that has the ticket.";
      case "offline":
        return "The server cannot be reached. Check your connection, then try again.";
      case "rate_limited":
        return "Too many attempts. Wait a little.";
      default:
        return "That did not work. Try again.";
    }
  },
};
