import { text } from "../../ui/text";

export const words = {
  label: (total: string) => `Earned with this stream: ${total}. Show what from.`,
  gifts: (coins: number) => (coins === 0 ? "Gifts" : `Gifts (${text.count(coins, "coin", "coins")})`),
  tips: "Tips",
  tickets: "Tickets",
  yours: "Your part",
  earned: "Earned",
  all: "All earnings",
};
