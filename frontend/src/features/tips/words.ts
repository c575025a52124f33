import { amountText, moneyText } from "../../ui/money";
import { text } from "../../ui/text";
import type { Outcome, Trouble } from "./tipping";

export const words = {
  title: (name: string) => `Tip ${name}`,
  loading: "Loading the tips",
  failed: "The tips did not load.",
  sandbox: "Sandbox: no real money.",
  amount: "Amount",
  offered: (amount: number, currency: string) => `${amountText(amount, currency).replace(/\.00$/, "")} ${currency.toUpperCase()}`,
  other: "Other",
  otherLabel: (currency: string) => `Another amount in ${currency.toUpperCase()}`,
  currency: "Currency",
  range: (least: number, most: number, currency: string) =>
    `From ${moneyText(least, currency)} to ${moneyText(most, currency)}.`,
  message: "Message",
  optional: "optional",
  left: (n: number) => text.count(n, "character left", "characters left"),
  tooLong: (n: number) => text.count(n, "character too many", "characters too many"),
  longer: "A larger tip may say more.",
  pinned: (seconds: number) => `Pinned above the chat for ${lasting(seconds)}.`,
  notPinned: "Shown in the chat, not pinned.",
  pinnedFrom: (amount: string) => `Pinned from ${amount}.`,
  anonymous: "Do not show my name",
  gets: (name: string, amount: string) => `${name} gets ${amount}.`,
  fees: (platform: string, processing: string) => `${platform} goes to this site, about ${processing} to the card processor.`,
  give: (amount: string) => `Tip ${amount}`,
  giveNothing: "Tip",
  opening: "Opening the payment",
  signIn: "Sign in to tip",
  outcome: (outcome: Outcome, amount: string): string => {
    switch (outcome) {
      case "paid":
        return `Thank you. Your tip of ${amount} is in the chat.`;
      case "processing":
        return `Paid. The money takes some days; your tip of ${amount} is in the chat once it is here.`;
      case "waiting":
        return `Waiting for the payment of ${amount}.`;
      case "left":
        return `You left before paying. Nothing was charged, and your tip of ${amount} is kept here.`;
      case "declined":
        return `The card was declined. Nothing was charged, and your tip of ${amount} is kept here.`;
      case "over":
        return `Your tip of ${amount} was not paid. Nothing was charged.`;
    }
  },
  yours: "Your message",
  again: "Pay now",
  retry: "Try again",
  change: "Change it",
  drop: "Leave it",
  done: "Done",
  receipt: "Receipt",
  another: "Give another tip",
  closed: { own: "This is your own stream.", over: "The stream has ended.", notLive: "Tips can be given once the stream is live." },
  refused: ({ code, details }: Trouble): string => {
    switch (code) {
      case "amount_out_of_range":
        return "This amount cannot be given. Choose another one.";
      case "too_long":
        return `This message is longer than ${String(details["limit"])} characters.`;
      case "email_unconfirmed":
        return "Confirm your e-mail address first.";
      case "not_signed_in":
        return "You have been signed out. Sign in again.";
      case "too_young":
        return "You are not old enough to pay here.";
      case "wallet_frozen":
        return "Your wallet is frozen while a payment is looked into. Nothing was charged.";
      case "spend_limit_reached":
        return spent(details);
      case "too_many_declines":
        return "Too many cards were declined. Try again in some hours.";
      case "stream_not_live":
      case "stream_ended":
        return "The stream is not live any more. Nothing was charged.";
      case "own_channel":
        return "This is your own stream.";
      case "payment_provider_failed":
        return "The payment provider does not answer. Nothing was charged. Try again in a minute.";
      case "not_supported":
      case "source_unavailable":
        return "Nothing can be paid here at the moment.";
      case "rate_limited":
        return "Too much at once. Try again in a minute.";
      case "offline":
        return "No answer came. Check your connection; trying again pays only once.";
      case "forbidden":
        return "You cannot tip here. Nothing was charged.";
      default:
        return "That did not work. Nothing was charged. Try again.";
    }
  },
};

function spent(details: Readonly<Record<string, unknown>>): string {
  const { left, currency } = details;
  if (typeof left !== "number" || typeof currency !== "string") return "That is more than your limit for 24 hours.";
  return `That is more than your limit for 24 hours: ${moneyText(left, currency)} is left of it. Nothing was charged.`;
}

/** 120 is "2 minutes". */
export function lasting(seconds: number): string {
  return seconds < 3600 ? text.count(seconds / 60, "minute", "minutes") : text.count(seconds / 3600, "hour", "hours");
}
