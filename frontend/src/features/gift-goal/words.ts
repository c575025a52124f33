import { text } from "../../ui/text";

export const words = {
  goal: "Goal",
  reached: "Reached",
  progress: (coins: number, target: number, percent: number) =>
    `${text.number(coins)} of ${text.count(target, "coin", "coins")} (${percent} %)`,
  label: (title: string) => `Goal: ${title}`,
  heading: "Gift goal",
  hint: "Viewers see it under the picture, and how far it has come. Gifts from now on count.",
  title: "What it is for",
  target: "Coins",
  set: "Set the goal",
  change: "Change it",
  remove: "Remove it",
  saving: "Saving",
  failed: "That did not work. Nothing was changed. Try again.",
  badTitle: "From 1 to 60 characters.",
  badTarget: (most: number) => `A whole number from 1 to ${text.number(most)}.`,
};
