import { text } from "../../ui/text";
import { words } from "./words";

/** What is wrong, what it means, and where a link leads that helps. */
export interface Told {
  readonly words: string;
  readonly help: "sign_in" | "confirm_email" | "wallet" | "ticket" | null;
}

export const trayWords = {
  title: "Send a gift",
  sandbox: "Sandbox: no real money.",
  loading: "Loading the gifts",
  failed: "The gifts did not load.",
  empty: "There are no gifts at the moment.",
  balance: (coins: number) => text.count(coins, "coin", "coins"),
  yours: "You have",
  coins: (coins: number) => text.number(coins),
  /** Of a gift's button, for screen readers. */
  label: (name: string, quantity: number, coins: number, money: string) =>
    `${name}${quantity > 1 ? ` ${words.times(quantity)}` : ""}, ${text.count(coins, "coin", "coins")}, ${money}`,
  quantity: "How many",
  less: "One less",
  more: "One more",
  anonymous: "Without my name",
  keys: "Arrow keys choose, Enter sends, Escape closes.",
  rate: (coins: number, money: string) => `${text.number(coins)} coins cost ${money}.`,
  buyCoins: "Buy coins",
  sent: (name: string, quantity: number) => `${name} ${words.times(quantity)} sent.`,
  sending: (taps: number) => `Sending ${text.count(taps, "gift", "gifts")}`,
  unsure: (taps: number) =>
    `No answer came for ${text.count(taps, "gift", "gifts")}. Trying again sends and charges each only once.`,
  leaveIt: "Leave it",
  short: (missing: number, name: string) => `You need ${text.count(missing, "more coin", "more coins")} for ${name}.`,
  exactly: (coins: number, money: string) => `Buy exactly ${text.number(coins)} for ${money}`,
  pack: (coins: number, money: string) => `${text.number(coins)} coins for ${money}`,
  comeBack: "After paying you are back here, with this gift chosen.",
  opening: "Opening the page to pay on",
  notNow: "Not now",
  signIn: "Sign in to send gifts",
  help: {
    sign_in: "Sign in",
    confirm_email: "Confirm it",
    wallet: "Open the wallet",
    ticket: "Get a ticket",
  },
  refused: (code: string): Told => {
    switch (code) {
      case "not_signed_in":
      case "not_authenticated":
        return { words: "You have been signed out. Nothing was charged.", help: "sign_in" };
      case "email_unconfirmed":
        return { words: "Confirm your e-mail address first. Nothing was charged.", help: "confirm_email" };
      case "wallet_frozen":
        return { words: "Your wallet is frozen while a payment is looked into. Nothing can be sent.", help: "wallet" };
      case "stream_not_live":
        return { words: "Gifts can be sent while the stream is live. Nothing was charged.", help: null };
      case "stream_over":
        return { words: "The stream has ended. Nothing was charged.", help: null };
      case "own_channel":
        return { words: "This is your own channel. Gifts come from others.", help: null };
      case "too_young":
        return { words: "You are not old enough to send gifts here.", help: null };
      case "followers_only":
        return { words: "Only followers can send gifts here. Nothing was charged.", help: null };
      case "ticket_required":
        return { words: "Gifts are sent by those who have a ticket. Nothing was charged.", help: "ticket" };
      case "gift_changed":
        return { words: "This gift has another price now, or is gone. Look again. Nothing was charged.", help: null };
      case "spend_limit_reached":
        return { words: "That is more than your limit for 24 hours. Nothing was paid.", help: "wallet" };
      case "too_many_declines":
        return { words: "Too many cards were declined. Try again in some hours.", help: null };
      case "amount_out_of_range":
        return { words: "One payment is at most 1,000.00. Choose a pack.", help: "wallet" };
      case "rate_limited":
        return { words: "That was too often. Wait a minute and try again.", help: null };
      case "not_supported":
        return { words: "Nothing can be bought here at the moment.", help: null };
      case "offline":
        return { words: "The server cannot be reached. Nothing was paid. Try again.", help: null };
      default:
        return { words: "That did not work. Nothing was charged. Try again.", help: null };
    }
  },
};
