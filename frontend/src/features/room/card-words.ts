import { text } from "../../ui/text";

/** What is said of gifts and tips in the chat. */
export const cardWords = {
  pins: "Pinned tips",
  giver: (name: string | undefined) => name ?? "Somebody",
  tipped: "tipped",
  gave: "gave",
  times: (quantity: number) => `× ${quantity.toLocaleString("en")}`,
  coins: (coins: number) => text.count(coins, "coin", "coins"),
  pinnedFor: (clock: string) => `Pinned for ${clock} more`,
  takeDown: "Take down",
  takeDownAsk: "Nobody will be shown its words any more. The money stays yours.",
  takeDownYes: "Take it down",
  takeDownNo: "Keep it",
  takeDownFailed: "It is still there. Try again.",
};
