import { moneyText } from "../../ui/money";
import { text } from "../../ui/text";
import { momentOf } from "../../ui/times";
import { offText, type CodeFault, type NewCode, type PromoCode } from "./codes";
import type { LowerFault, PriceRefusal } from "./lowering";
import type { Fault, Split, Terms } from "./price";

export const words = {
  price: "Price",
  free: "Free",
  ticket: "With a ticket",
  amount: (currency: string) => `Price in ${currency.toUpperCase()}`,
  coins: "Price in coins",
  optional: "optional",
  payWhatYouWant: "Pay what you want",
  payWhatYouWantHint: "The price is then the least that is taken.",
  preview: (seconds: number) => `${seconds} seconds free`,
  previewHint: "Everybody may look in for so long before they buy.",
  refunds: "Who pays and never gets a picture has the money back.",
  leaves: (split: Split, terms: Terms) => {
    const money = (amount: number): string => moneyText(amount, terms.currency);
    return (
      `A ticket leaves you ${money(split.creator)}: ${money(split.gross)} less ${money(split.platform)} for this site ` +
      `(${terms.fee_percent} %) and about ${money(split.processing)} for the payment.`
    );
  },
  coinsLeave: (amount: number, currency: string) => `A ticket for coins leaves you ${moneyText(amount, currency)}.`,
  fault: (fault: Fault, terms: Terms): string => {
    switch (fault) {
      case "missing":
        return "Say what a ticket costs.";
      case "not_an_amount":
        return "Type an amount such as 3.50.";
      case "out_of_range":
        return `A ticket costs ${moneyText(terms.least, terms.currency)} to ${moneyText(terms.most, terms.currency)}.`;
      case "not_whole":
        return "Type a whole number of coins.";
    }
  },
  coinsRange: ({ least_coins: least, most_coins: most }: Terms) => `A ticket costs ${text.number(least)} to ${text.number(most)} coins.`,
  refusal: (code: string): string => {
    switch (code) {
      case "not_supported":
        return "Nothing can be sold here at the moment. Choose Free to go live.";
      case "offline":
        return "The server cannot be reached, so the price is not set. Check your connection, then try again.";
      default:
        return "The price was not taken, and you are not live. Change it and try again.";
    }
  },
  codes: {
    title: "Promo codes",
    hint: "Give some people a lower price.",
    list: "Your codes",
    none: "No codes yet.",
    loading: "Loading the codes",
    failed: "The codes did not load.",
    code: "Code",
    codeHint: "Letters and digits, such as FRIENDS.",
    kind: "Takes off",
    percent: "Percent",
    amount: (currency: string) => currency.toUpperCase(),
    off: "How much",
    uses: "Uses",
    until: "Valid until",
    add: "Add the code",
    remove: "Remove",
    removeCode: (code: string) => `Remove ${code}`,
    revoke: "Revoke",
    revokeCode: (code: string) => `Revoke ${code}`,
    line: (code: PromoCode | NewCode, currency: string) => {
      const parts = [`${offText(code, currency)} off`];
      if ("uses" in code) {
        parts.push(code.uses_most === null ? text.count(code.uses, "use", "uses") : `${code.uses} of ${text.count(code.uses_most, "use", "uses")}`);
      } else if (code.uses_most !== null) {
        parts.push(text.count(code.uses_most, "use", "uses"));
      }
      if (code.expires_at !== null) parts.push(`until ${momentOf(code.expires_at)}`);
      return parts.join(", ");
    },
    fault: (fault: CodeFault): string => {
      switch (fault) {
        case "missing":
          return "Give the code a name.";
        case "bad_code":
          return "Use 3 to 24 letters and digits.";
        case "bad_percent":
          return "Take off 1 to 100 percent.";
        case "bad_amount":
          return "Type an amount such as 1.50.";
        case "bad_uses":
          return "Type a whole number, or leave it empty for no limit.";
        case "past":
          return "This is over already.";
        case "twice":
          return "There is such a code already.";
      }
    },
    refusal: (code: string): string =>
      code === "offline" ? "The server cannot be reached. Check your connection, then try again." : "The code was not taken. Change it and try again.",
  },
  panel: {
    title: "Tickets",
    failed: "The price did not load.",
  },
  lower: {
    title: "Lower the price",
    hint: "While you are live, and once somebody has a ticket, the price only goes down. Who has paid keeps their ticket.",
    save: "Save the price",
    saved: "The price is saved.",
    fault: (fault: LowerFault): string => (fault === "not_an_amount" ? "Type an amount such as 3.50." : "Type a whole number of coins."),
    refusal: ({ code, reason }: PriceRefusal): string => {
      switch (code) {
        case "price_settled":
          return reason === "sold"
            ? "Somebody has a ticket already, so the price can only go down. Type a lower one."
            : "You are live, so the price can only go down. Type a lower one.";
        case "price_invalid":
          return "A ticket cannot cost so little or so much. Type another price.";
        case "stream_over":
          return "The stream is over. Its price stays as it is.";
        case "offline":
          return "The server cannot be reached, so the price is as it was. Check your connection, then try again.";
        default:
          return "The price was not taken and is as it was. Try again.";
      }
    },
  },
};
