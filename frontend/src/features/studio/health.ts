import type { IngestView } from "../ingest/session";

export type Health = "connecting" | "starting" | "good" | "fair" | "poor" | "reconnecting" | "stopped";

const FAIR_SECONDS = 0.75;
const POOR_SECONDS = 1.5;

/** How the upload does, as one word. */
export function healthOf(view: IngestView): Health {
  switch (view.phase) {
    case "opening":
      return "connecting";
    case "sending":
      if (view.unackedSeconds > POOR_SECONDS) return "poor";
      if (view.lowered || view.unackedSeconds > FAIR_SECONDS) return "fair";
      return view.onAir ? "good" : "starting";
    case "reconnecting":
      return "reconnecting";
    case "idle":
    case "taken":
    case "blocked":
    case "ended":
    case "stopped":
      return "stopped";
  }
}

/** Whole seconds until the server gives the stream up; null while pictures go out or it was never on. */
export function graceLeft(view: IngestView, wasLive: boolean, graceSeconds: number, now: number): number | null {
  if (view.lostAt === null || !wasLive) return null;
  return Math.max(0, Math.ceil(graceSeconds - (now - view.lostAt) / 1000));
}
