type Theme = "light" | "dark";

const YEAR_SECONDS = 31_536_000;

/**
 * The header's two small behaviours: the theme switch, and menus that close when focus leaves them.
 *
 * The choice lives in a cookie, so the server writes `data-theme` and no page flashes in the wrong theme.
 */
export function keepHeader(root: Document): void {
  for (const button of root.querySelectorAll<HTMLButtonElement>("[data-theme-switch]")) {
    button.hidden = false;
    button.addEventListener("click", () => setTheme(root, currentTheme(root) === "dark" ? "light" : "dark"));
  }
  for (const menu of root.querySelectorAll<HTMLDetailsElement>("details[data-menu]")) keepMenu(menu);
  for (const button of root.querySelectorAll<HTMLElement>("[data-dismiss]")) {
    button.addEventListener("click", () => button.closest("[data-dismissible]")?.remove());
  }
}

export function currentTheme(root: Document): Theme {
  const chosen = root.documentElement.dataset["theme"];
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function setTheme(root: Document, theme: Theme): void {
  root.documentElement.dataset["theme"] = theme;
  root.cookie = `busk_theme=${theme}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
}

function keepMenu(menu: HTMLDetailsElement): void {
  const summary = menu.querySelector("summary");
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget instanceof Node && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    summary?.focus();
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  });
}
