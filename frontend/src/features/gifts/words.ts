import { text } from "../../ui/text";

/** What is said of gifts on the page itself; what only the tray says is in tray-words.ts. */
export const words = {
  give: "Gift",
  giveKey: "Send a gift (G)",
  unloaded: "Gifts did not load. Try again.",
  anonymous: "Anonymous",
  times: (quantity: number) => `×${text.number(quantity)}`,
  more: (quantity: number) => `and ${text.count(quantity, "more gift", "more gifts")}`,
  sent: (who: string | null, name: string) => `${who ?? "Somebody"} sent ${name}`,
  told: (news: readonly { who: string | null; name: string; quantity: number }[], others: number): string => {
    const said = news.map(({ who, name, quantity }) => `${who ?? "Somebody"} gave ${name} ${words.times(quantity)}.`);
    if (others > 0) said.push(`And ${text.count(others, "more gift", "more gifts")}.`);
    return said.join(" ");
  },
};
