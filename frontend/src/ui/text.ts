/**
 * Every word the islands say, in one place. Templates use gettext; a second language is a second object of
 * this type, chosen by `<html lang>`. Short, concrete, no jargon, no exclamation marks.
 */
const plural = new Intl.PluralRules("en");

function count(n: number, one: string, other: string): string {
  return `${n.toLocaleString("en")} ${plural.select(n) === "one" ? one : other}`;
}

const en = {
  tryAgain: "Try again",
  close: "Close",
  island: {
    failed: "This part of the page did not load. The rest works as before.",
  },
  count,
};

export type Text = typeof en;
export const text: Text = en;
