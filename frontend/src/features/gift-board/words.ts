import { text } from "../../ui/text";

export const words = {
  title: "Top gifts",
  stream: "This stream",
  week: "This week",
  ever: "All time",
  anonymous: "Anonymous",
  coins: (coins: number) => text.count(coins, "coin", "coins"),
  empty: "Nobody has given anything yet.",
  failed: "This did not load.",
  loading: "Loading who gave most",
  you: (place: number | null, coins: number) =>
    place === null ? `You gave ${words.coins(coins)}.` : `You are number ${text.number(place)}, with ${words.coins(coins)}.`,
};
