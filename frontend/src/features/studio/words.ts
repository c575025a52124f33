import { text } from "../../ui/text";
import type { DeviceProblem } from "../ingest/capture";
import type { IngestView } from "../ingest/session";
import { deviceWords, rate, type Words } from "../ingest/words";
import type { Health } from "./health";

export type Remedy = "retry" | "microphone" | "take_over" | "sign_in";
export interface Trouble extends Words {
  readonly action: Remedy | null;
  /** What changes each second, and so is not read aloud. */
  readonly counting?: string | null;
}

export const words = {
  health: {
    connecting: "Connecting",
    starting: "Starting",
    good: "Good",
    fair: "Fair",
    poor: "Poor",
    reconnecting: "Reconnecting",
    stopped: "Stopped",
  } satisfies Record<Health, string>,
  healthLabel: "Upload",
  notLive: "Not live yet",
  live: "Live",
  away: "Away",
  mute: "Mute",
  unmute: "Unmute",
  cameraOff: "Camera off",
  cameraOn: "Camera on",
  shareScreen: "Share screen",
  stopScreen: "Stop sharing",
  end: "End",
  viewersPage: "Viewers’ page",
  endAsk: (viewers: number) =>
    viewers === 0 ? "End the stream?" : `End the stream for ${text.viewers(viewers)}?`,
  endMore: "It ends for everybody, and this stream cannot be started again.",
  endYes: "End the stream",
  endNo: "Keep going",
  ending: "Ending",
  endFailed: "The server cannot be reached, so the stream is still on. Try again; or close this page, and it ends by itself.",
  waits: (secondsLeft: number) =>
    secondsLeft > 0
      ? `Viewers see that you are away. Without a picture the stream ends in ${secondsLeft} s.`
      : "The stream has probably ended by now. We look as soon as there is a connection.",
  activity: "Activity",
  activityEmpty: "Who comes in is shown here.",
  upload: "Upload",
  uploadRate: "Arriving",
  uploadTarget: "Up to",
  uploadBehind: "Unconfirmed",
  uploadDropped: "Dropped",
  chunks: (n: number) => text.count(n, "chunk", "chunks"),
  seconds: (n: number) => `${n.toFixed(1)} s`,
  devices: "Devices",
  tabs: "Studio panels",
  action: { retry: text.tryAgain, microphone: text.tryAgain, take_over: "Send from here", sign_in: "Sign in" } satisfies Record<Remedy, string>,
  after: {
    heading: "The stream has ended",
    reasons: {
      creator: "You ended it.",
      staff: "The people who run this site stopped it.",
      lost: "Your pictures did not come back in time.",
      too_long: "It reached the longest length a stream may have.",
      never_started: "It was never on.",
    } as Readonly<Record<string, string>>,
    length: "Length",
    viewers: "Viewers",
    peak: "Most at once",
    watched: "Watched in all",
    followers: "New followers",
    next: "What now",
    again: "Go live again",
    channel: "Your channel",
  },
};

/** What is wrong, what it means, and what helps; null when all is well. */
export function troubleOf(view: IngestView, microphone: DeviceProblem | null, secondsLeft: number | null): Trouble | null {
  switch (view.phase) {
    case "taken":
    case "idle":
      return {
        what: "This stream is being sent from another tab or device.",
        remedy: "Only one can send at a time.",
        action: "take_over",
      };
    case "opening":
    case "reconnecting":
      return reconnecting(view, secondsLeft);
    case "blocked":
      return blocked(view);
    case "sending":
      return sending(view) ?? silent(microphone);
    case "ended":
    case "stopped":
      return null;
  }
}

function reconnecting({ problem, phase }: IngestView, secondsLeft: number | null): Trouble | null {
  const counting = secondsLeft === null ? null : words.waits(secondsLeft);
  if (problem?.code === "device") return { ...deviceWords(problem.error), action: "retry", counting };
  if (problem?.code === "recorder") {
    return { what: "Your browser stopped recording.", remedy: "We start it again.", action: null, counting };
  }
  if (phase === "opening" && problem === null) return null;
  return {
    what: "Your connection is interrupted.",
    remedy: "We try again by ourselves, you need not do anything.",
    action: "retry",
    counting,
  };
}

function blocked({ problem }: IngestView): Trouble {
  switch (problem?.code) {
    case "device":
      return { ...deviceWords(problem.error), action: "retry" };
    case "no_codec":
      return {
        what: "This browser cannot record video that we can send on.",
        remedy: "Open this page in a newer Chrome, Edge, Firefox or Safari.",
        action: "retry",
      };
    case "signed_out":
      return {
        what: "You have been signed out, so nothing is sent.",
        remedy: "Sign in again, and it goes on.",
        action: "sign_in",
      };
    default:
      return { what: "You may not send this stream any more.", remedy: "Ask the people who run this site.", action: "retry" };
  }
}

function sending({ problem, lowered, targetBitrate }: IngestView): Trouble | null {
  if (problem?.code === "slow_upload") {
    const fell = problem.bitrate > 0 ? `Your upload fell to ${rate(problem.bitrate)}` : "Your upload is slow";
    return {
      what: lowered ? `${fell}; we lowered the quality to ${rate(targetBitrate)}.` : `${fell}.`,
      remedy: "Come closer to the router, or stop other uploads. The quality rises again by itself.",
      action: null,
    };
  }
  if (problem?.code === "server") {
    return { what: "The server had to begin anew.", remedy: "Viewers saw a short break; nothing is lost.", action: null };
  }
  return null;
}

function silent(microphone: DeviceProblem | null): Trouble | null {
  if (microphone === null) return null;
  const { what, remedy } = deviceWords({ device: "microphone", problem: microphone });
  return { what: `${what} Viewers hear nothing.`, remedy, action: "microphone" };
}
