import type { Stage } from "../stream/visit";

/** What the media element and its engine are at. */
export type Media = "idle" | "loading" | "playing" | "paused" | "stalled" | "failed";

/** What the picture area shows. */
export type Phase = "refused" | "scheduled" | "loading" | "playing" | "paused" | "stalled" | "away" | "failed" | "ended";

/** One answer to "what does the viewer see", from the stream's stage and the element's own state. */
export function phaseOf(stage: Stage, media: Media, isRefused: boolean): Phase {
  if (stage === "ended") return "ended";
  if (isRefused) return "refused";
  if (stage === "scheduled") return "scheduled";
  // What is buffered plays out before the slate comes.
  if (stage === "paused") return media === "playing" || media === "paused" ? media : "away";
  return media === "idle" ? "loading" : media;
}

/** How a playback attempt went wrong, whatever the engine. */
export type Problem =
  | "refused" // the address is not ours any more
  | "missing" // there is no playlist at the moment
  | "network"
  | "media"; // the element could not play what came

export type Remedy =
  | { readonly do: "renew"; readonly afterMs: number }
  | { readonly do: "reload"; readonly afterMs: number }
  | { readonly do: "restart"; readonly afterMs: number }
  | { readonly do: "give-up" };

const RELOAD_MOST_MS = 5000;
const RENEW_MOST_MS = 30_000;
const MEDIA_TRIES = 5;

/** What to do about the `attempt`-th problem in a row (0 is the first). Only broken media is ever given up. */
export function remedyFor(problem: Problem, attempt: number): Remedy {
  switch (problem) {
    case "refused":
      return { do: "renew", afterMs: attempt === 0 ? 0 : Math.min(RENEW_MOST_MS, 2000 * 2 ** (attempt - 1)) };
    case "missing":
    case "network":
      return { do: "reload", afterMs: Math.min(RELOAD_MOST_MS, Math.round(700 * 1.5 ** attempt)) };
    case "media":
      return attempt < MEDIA_TRIES ? { do: "restart", afterMs: attempt * 500 } : { do: "give-up" };
  }
}

/** The problem behind an HTTP status of a playlist or segment; 0 means that nothing came back. */
export function problemOf(status: number): Problem {
  if (status === 401 || status === 403 || status === 410) return "refused";
  return status === 404 ? "missing" : "network";
}
