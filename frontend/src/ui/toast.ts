const SHOWN_MS = 6000;
/** What can be undone stays long enough to be reached. */
const SHOWN_WITH_ACT_MS = 10_000;

export interface ToastAct {
  readonly label: string;
  readonly act: () => void;
}

/** Says briefly what happened elsewhere on the page or in another tab, with a way to undo it. Never used for form errors. */
export function toast(words: string, undo?: ToastAct): void {
  const line = document.createElement("p");
  line.className = "toast-line";
  line.textContent = words;
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "toast-act";
    button.textContent = undo.label;
    button.addEventListener("click", () => {
      line.remove();
      undo.act();
    });
    line.append(" ", button);
  }
  document.getElementById("toasts")?.append(line);
  const shownMs = undo ? SHOWN_WITH_ACT_MS : SHOWN_MS;
  // What is pointed at, or has the focus, does not go from under the hand.
  const go = (): unknown => (line.matches(":hover, :focus-within") ? setTimeout(go, shownMs) : line.remove());
  setTimeout(go, shownMs);
}
