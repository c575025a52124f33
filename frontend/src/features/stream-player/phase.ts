import { backoffMs } from "../../realtime/backoff";
import type { Trouble } from "../stream/source";
import type { Stage } from "../stream/visit";

/** What the media element and its engine are at. */
export type Media = "idle" | "loading" | "playing" | "paused" | "stalled" | "failed";

/** What the picture area shows. */
export type Phase =
  | "refused"
  | "scheduled"
  | "loading"
  | "playing"
  | "paused"
  | "stalled"
  | "away"
  | "dark" // the broadcaster is there, without a picture
  | "unreachable" // the media server is away
  | "full"
  | "failed"
  | "ended";

interface Around {
  readonly isRefused: boolean;
  readonly trouble: Trouble | null;
  readonly isDark: boolean;
}

/** One answer to "what does the viewer see", from the stream's stage, the element's own state, and what is around. */
export function phaseOf(stage: Stage, media: Media, { isRefused, trouble, isDark }: Around): Phase {
  if (stage === "ended") return "ended";
  if (isRefused) return "refused";
  if (stage === "scheduled") return "scheduled";
  if (media === "paused") return media;
  // What still plays, or plays out, is not covered.
  if (media !== "playing") {
    if (trouble === "media_away") return "unreachable";
    if (stage === "paused") return "away";
    if (trouble === "media_full") return "full";
  }
  if (isDark) return stage === "paused" ? "away" : "dark";
  return media === "idle" ? "loading" : media;
}

/** How a playback attempt went wrong, whatever the engine. */
export type Problem =
  | "refused" // the address is not ours any more
  | "missing" // there is no playlist at the moment
  | "network"
  | "lost" // out of the room, whatever the reason: its token is used up
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
export function remedyFor(problem: Problem, attempt: number, random = Math.random()): Remedy {
  switch (problem) {
    case "lost":
      // At once the first time: somebody thrown out by a copy of their token misses next to nothing.
      return { do: "renew", afterMs: attempt === 0 ? 0 : backoffMs(attempt, random) };
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
