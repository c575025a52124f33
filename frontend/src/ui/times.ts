const locale = document.documentElement.lang || "en";
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** 75 is "1:15", 3675 is "1:01:15". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number): string => String(n).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

export function secondsSince(iso: string, now: number): number {
  return (now - Date.parse(iso)) / 1000;
}

export function momentOf(iso: string): string {
  return moment.format(new Date(iso));
}

function ago(iso: string, now: number): string {
  const seconds = Math.max(0, secondsSince(iso, now));
  if (seconds > 30 * 86_400) return momentOf(iso);
  for (const [unit, size] of STEPS) if (seconds >= size) return relative.format(-Math.floor(seconds / size), unit);
  return relative.format(0, "minute");
}

/** Rewrites the server's UTC times for the viewer's zone: `data-time="moment"`, or `"ago"` for a distance. */
export function localiseTimes(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLTimeElement>("time[data-time]")) {
    element.title = momentOf(element.dateTime);
    element.textContent =
      element.dataset["time"] === "ago" ? ago(element.dateTime, Date.now()) : momentOf(element.dateTime);
  }
}
