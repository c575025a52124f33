/** The name to which a key leads from where the focus is: the arrows go from line to line, from the log to the newest. */
export function nextName(key: string, log: HTMLElement, from: Element | null): HTMLElement | null {
  const names = [...log.querySelectorAll<HTMLElement>("[data-line] [data-person]")];
  const line = from?.closest("[data-line]") ?? null;
  const place = names.findIndex((name) => line !== null && line.contains(name));
  if (place < 0) return key === "ArrowUp" && from === log ? (names.at(-1) ?? null) : null;
  switch (key) {
    case "ArrowUp":
      return names[Math.max(0, place - 1)] ?? null;
    case "ArrowDown":
      return names[Math.min(names.length - 1, place + 1)] ?? null;
    case "Home":
      return names[0] ?? null;
    case "End":
      return names.at(-1) ?? null;
    default:
      return null;
  }
}
