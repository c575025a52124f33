const FIRST_MS = 500;
const LONGEST_MS = 10_000;

/** Exponential backoff with full jitter: a thousand pages that lost one server do not come back as one wave. */
export function backoffMs(attempt: number, random: number, longestMs = LONGEST_MS): number {
  return Math.round(random * Math.min(longestMs, FIRST_MS * 2 ** attempt));
}
