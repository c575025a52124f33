// The sprite's address comes from the page, because only Django knows where static files are served.
const sprite = document.documentElement.dataset["icons"] ?? "";

/** One symbol of public/icons.svg. Decorative: the button around it carries the label. */
export function Icon({ name, class: classes = "" }: { name: string; class?: string }) {
  return (
    <svg class={`icon ${classes}`} aria-hidden="true">
      <use href={`${sprite}#${name}`} />
    </svg>
  );
}
