const SHOWN_MS = 6000;

/** Says briefly what happened elsewhere on the page or in another tab. Never used for form errors. */
export function toast(words: string): void {
  const line = document.createElement("p");
  line.className = "toast-line";
  line.textContent = words;
  document.getElementById("toasts")?.append(line);
  setTimeout(() => line.remove(), SHOWN_MS);
}
