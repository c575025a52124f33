/** Whether anything is sold here at all: where not, pages hide all of it. The server says so in base.html. */
export function arePaymentsOn(): boolean {
  return (document.documentElement.dataset["payments"] ?? "off") !== "off";
}
