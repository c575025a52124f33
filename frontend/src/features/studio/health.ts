import type { SenderView } from "../sending/sender";

export type Health = "connecting" | "starting" | "good" | "fair" | "poor" | "reconnecting" | "stopped";

/** How the upload does, as one word. */
export function healthOf(view: SenderView): Health {
  switch (view.phase) {
    case "opening":
      return "connecting";
    case "sending":
      if (view.line === "poor") return "poor";
      if (view.lowered || view.line === "fair") return "fair";
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

/**
 * Whole seconds until the server gives the stream up; null while pictures go out or it was never on, and while the media
 * server is away: that time is nobody's fault, and is not counted.
 */
export function graceLeft(view: SenderView, wasLive: boolean, graceSeconds: number, now: number): number | null {
  if (view.lostAt === null || !wasLive || view.problem?.code === "media_away") return null;
  return Math.max(0, Math.ceil(graceSeconds - (now - view.lostAt) / 1000));
}
