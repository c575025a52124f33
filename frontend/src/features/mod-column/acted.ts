interface Someone {
  readonly id: string;
  readonly name: string;
}

/** One thing that the team or a rule did. */
export interface ActedLine {
  readonly id: string;
  readonly at: string;
  readonly action: string;
  readonly by: Someone | null;
  readonly whom: Someone | null;
  readonly reason: string;
  readonly until: string | null;
  /** What was in its place; null where there was nothing, or while that is not known yet. */
  readonly before: Readonly<Record<string, unknown>> | null;
  /** From before to after, in words. */
  readonly changes: string;
}

export type Undo =
  | { readonly is: "timeout" | "ban"; readonly person: string }
  | { readonly is: "shield" }
  | { readonly is: "modes"; readonly before: Readonly<Record<string, unknown>> };

const STANDING = ["person.timed_out", "timeout.ended", "person.banned", "person.unbanned"];
const STRICTNESS = ["modes.changed", "shield.raised", "shield.lowered"];

/** By what it is about, the newest act: only that one can be undone, since the others are not in force. */
export function lastActs(lines: readonly ActedLine[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const last = new Set<string>();
  for (const { id, action, whom } of lines) {
    const about = STANDING.includes(action) ? `of ${whom?.id ?? ""}` : STRICTNESS.includes(action) ? "modes" : null;
    if (about === null || seen.has(about)) continue;
    seen.add(about);
    last.add(id);
  }
  return last;
}

/** How an act can be undone; null where it cannot, or not any more. */
export function undoOf({ id, action, whom, until, before }: ActedLine, last: ReadonlySet<string>, now: number): Undo | null {
  if (!last.has(id)) return null;
  switch (action) {
    case "person.timed_out":
      return whom !== null && until !== null && Date.parse(until) > now ? { is: "timeout", person: whom.id } : null;
    case "person.banned":
      return whom && { is: "ban", person: whom.id };
    case "shield.raised":
      return { is: "shield" };
    case "modes.changed":
      return before && { is: "modes", before };
    default:
      return null;
  }
}
