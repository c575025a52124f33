/** What the button says; the rest is fetched with the sheet. */
export const buttonWords = {
  tip: "Tip",
  tipMore: "Tip with money",
  unloaded: "The tips did not load. Check your connection and try again.",
};
