const KEY = "busk.volume";

/** How loud the viewer likes it, from an earlier visit. Storage may be closed to us; then it is full. */
export function recallVolume(): number {
  try {
    const stored = Number(localStorage.getItem(KEY) ?? "1");
    return stored > 0 && stored <= 1 ? stored : 1;
  } catch {
    return 1;
  }
}

export function rememberVolume(volume: number): void {
  try {
    localStorage.setItem(KEY, String(volume));
  } catch {
    // Private windows may refuse; the choice then lasts as long as the page.
  }
}
