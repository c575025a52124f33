import { text } from "../../ui/text";
import type { DeviceKind, DeviceProblem } from "../ingest/capture";
import { deviceWords, rate, type Words } from "../ingest/words";
import type { RoomFigures, SenderProblem, SenderView } from "../sending/sender";
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
  // What the button does; with dots what it did, while the server has not said that it knows.
  microphone: (muted: boolean, pending: boolean) =>
    pending ? (muted ? "Muting…" : "Unmuting…") : muted ? "Unmute" : "Mute",
  camera: (off: boolean, pending: boolean) =>
    pending ? "Camera…" : off ? "Camera on" : "Camera off",
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
  activityEmpty: "Who comes in and who gives something is shown here.",
  tipped: (giver: string, amount: string) => `${giver} tipped ${amount}`,
  gave: (giver: string, gift: string) => `${giver} gave ${gift}`,
  upload: "Upload",
  uploadRate: "Arriving",
  uploadTarget: "Up to",
  uploadBehind: "Unconfirmed",
  uploadDropped: "Dropped",
  uploadSending: "Sending",
  uploadQuality: "Connection",
  uploadFrames: "Frames",
  uploadLost: "Lost on the way",
  uploadTrip: "There and back",
  uploadLayers: "Sizes sent",
  uploadEmpty: "Figures are shown once pictures go out.",
  qualities: {
    excellent: "Excellent",
    good: "Good",
    poor: "Poor",
    lost: "Lost",
  } satisfies Record<NonNullable<RoomFigures["quality"]>, string>,
  none: "–",
  frames: (n: number) => `${n} per second`,
  share: (share: number) => `${(share * 100).toFixed(1)} %`,
  milliseconds: (n: number) => `${n} ms`,
  // Sizes nobody looks at are not sent at all.
  sizes: ({ watched, layers, screen }: RoomFigures): string => {
    if (!watched) return "None: nobody watches";
    const sizes = [...layers.map((height) => `${height}p`), ...(screen === null ? [] : [`screen\u00a0${screen}p`])];
    return sizes.length === 0 ? "None" : sizes.join(", ");
  },
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
    why: (reason: string) => `Why: ${reason}`,
    held: "New streams wait until staff release you.",
    notices: "What you can do",
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

/** What the page knows besides, for the words about it. */
export interface Circumstances {
  readonly microphone: DeviceProblem | null;
  /** Until the server gives the stream up; null while that is not counted. */
  readonly secondsLeft: number | null;
  /** How long the server waits for pictures. */
  readonly graceSeconds: number;
  readonly wasLive: boolean;
}

/** What is wrong, what it means, and what helps; null when all is well. */
export function troubleOf(view: SenderView, about: Circumstances): Trouble | null {
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
      return reconnecting(view, about);
    case "blocked":
      return blocked(view);
    case "sending":
      return sending(view) ?? silent(about.microphone);
    case "ended":
    case "stopped":
      return null;
  }
}

function reconnecting({ problem, phase }: SenderView, about: Circumstances): Trouble | null {
  const { secondsLeft, graceSeconds, wasLive } = about;
  const counting = secondsLeft === null ? null : words.waits(secondsLeft);
  switch (problem?.code) {
    case "device":
      return { ...deviceWords(problem.error), action: "retry", counting };
    case "recorder":
      return { what: "Your browser stopped recording.", remedy: "We start it again.", action: null, counting };
    case "media_away":
      return {
        what: "The video server does not answer.",
        remedy: wasLive
          ? `We try again by ourselves. You stay live: once it is back, it waits ${graceSeconds} s more for your picture.`
          : "We try again by ourselves, you need not do anything.",
        action: null,
      };
    case "media_refused":
      return {
        what: "The video server did not let us in.",
        remedy: "We try again by ourselves. If it stays so, ask the people who run this site.",
        action: "retry",
        counting,
      };
    case "unpublished":
      return { ...unpublished(problem.device), action: "retry", counting };
    default:
      break;
  }
  if (phase === "opening" && problem === null) return null;
  return {
    what: "Your connection is interrupted.",
    remedy: "We try again by ourselves, you need not do anything.",
    action: "retry",
    counting,
  };
}

function blocked({ problem }: SenderView): Trouble {
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

function sending({ problem, lowered, targetBitrate }: SenderView): Trouble | null {
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
  if (problem?.code === "device") return { ...deviceWords(problem.error), action: "retry" };
  if (problem?.code === "unpublished") return { ...unpublished(problem.device), action: null };
  if (problem?.code === "no_frames") {
    return {
      what: "Your camera gives no pictures.",
      remedy: "Choose another one below, or plug it in again.",
      action: null,
    };
  }
  if (problem?.code === "limited") return limited(problem);
  if (problem?.code === "unconfirmed") return unconfirmed(problem);
  return null;
}

function unpublished(device: DeviceKind): Words {
  if (device === "screen") {
    return { what: "The video server did not take your screen.", remedy: "Viewers see your camera. Try to share again." };
  }
  return {
    what: `The video server did not take your ${device}.`,
    remedy: "We try again by ourselves. If it stays so, ask the people who run this site.",
  };
}

function limited({ by, bitrate, height }: Extract<SenderProblem, { code: "limited" }>): Trouble {
  const seen = height === 0 ? "viewers see a still picture" : `viewers see at most ${height}p for now`;
  if (by === "cpu") {
    return {
      what: `Your computer cannot keep up; ${seen}.`,
      remedy: "Close other programs and browser tabs. The quality rises again by itself.",
      action: null,
    };
  }
  return {
    what: `Your upload carries ${rate(bitrate)}; ${seen}.`,
    remedy: "Come closer to the router, or stop other uploads. The quality rises again by itself.",
    action: null,
  };
}

function unconfirmed({ device, muted }: Extract<SenderProblem, { code: "unconfirmed" }>): Trouble {
  const name = device === "microphone" ? "microphone" : "camera";
  return muted
    ? {
        what: `The video server has not confirmed yet that your ${name} is off.`,
        remedy: "It is off on this device, so nothing more is sent.",
        action: null,
      }
    : {
        what: `The video server has not confirmed yet that your ${name} is on.`,
        remedy: "Until it does, viewers may be without it.",
        action: null,
      };
}

function silent(microphone: DeviceProblem | null): Trouble | null {
  if (microphone === null) return null;
  const { what, remedy } = deviceWords({ device: "microphone", problem: microphone });
  return { what: `${what} Viewers hear nothing.`, remedy, action: "microphone" };
}
