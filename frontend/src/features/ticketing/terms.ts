import type { Terms } from "./price";

/** What the page carries of what the operator settled; null where nothing is sold. */
export function pageTerms(root: Document = document): Terms | null {
  const json = root.getElementById("ticket-terms")?.textContent;
  return json ? (JSON.parse(json) as Terms) : null;
}
