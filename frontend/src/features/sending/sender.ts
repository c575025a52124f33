import type { ReadonlySignal } from "@preact/signals-core";
import type { CaptureError, DeviceKind } from "../ingest/capture";

/**
 * idle: not started. opening: first connection. sending: pictures go out. reconnecting: gone, and coming back by
 * itself. taken: another tab sends this stream. blocked: a person must act. ended: the stream is over. stopped: by us.
 */
export type SenderPhase = "idle" | "opening" | "sending" | "reconnecting" | "taken" | "blocked" | "ended" | "stopped";

export type SenderProblem =
  | { code: "line_cut" | "no_codec" | "signed_out" | "refused" | "recorder" | "media_away" | "media_refused" }
  /** The camera is open, watched, and gives nothing. */
  | { code: "no_frames" }
  | { code: "slow_upload"; bitrate: number }
  /** Fewer lines of picture go out than could; 0 is none at all. */
  | { code: "limited"; by: "bandwidth" | "cpu"; bitrate: number; height: number }
  /** The server took the connection, but not what this device gives. */
  | { code: "unpublished"; device: DeviceKind }
  /** The server has not said that it knows of a switch that was turned. */
  | { code: "unconfirmed"; device: DeviceKind; muted: boolean }
  | { code: "server"; error: string }
  | { code: "device"; error: CaptureError };

/** How well the line holds what is sent. */
export type Line = "good" | "fair" | "poor";

/** Figures for those who want to know more than the word; each way of sending has its own. */
export type Figures = RelayFigures | RoomFigures;

export interface RelayFigures {
  readonly by: "relay";
  readonly unackedSeconds: number;
  readonly droppedChunks: number;
}

/** null where nothing has been measured yet. */
export interface RoomFigures {
  readonly by: "room";
  /** What the server says of our connection. */
  readonly quality: "excellent" | "good" | "poor" | "lost" | null;
  readonly framesPerSecond: number | null;
  /** Of what was sent lately, 0 to 1. */
  readonly lost: number | null;
  readonly roundTripMs: number | null;
  /** Whether anybody is watching: what nobody watches is not sent. */
  readonly watched: boolean;
  /** Lines of each size of the camera that goes out, smallest first. */
  readonly layers: readonly number[];
  /** Lines of the shared screen; null while it is not sent. */
  readonly screen: number | null;
}

export interface SenderView {
  readonly phase: SenderPhase;
  /** Whether viewers can see it, as the server says. */
  readonly onAir: boolean;
  /** What goes out, and what may at most; bits per second. */
  readonly bitrate: number;
  readonly targetBitrate: number;
  readonly lowered: boolean;
  readonly line: Line;
  /** null before it is known how this stream is sent. */
  readonly figures: Figures | null;
  /** Whose switch was turned without the server having said that it knows. */
  readonly unconfirmed: readonly DeviceKind[];
  /** Since when no pictures go out; null while they do. */
  readonly lostAt: number | null;
  readonly problem: SenderProblem | null;
}

export const IDLE: SenderView = {
  phase: "idle",
  onAir: false,
  bitrate: 0,
  targetBitrate: 0,
  lowered: false,
  line: "good",
  figures: null,
  unconfirmed: [],
  lostAt: null,
  problem: null,
};

/** Sends what is captured until it is told to stop, whatever happens in between. */
export interface Sender {
  readonly view: ReadonlySignal<SenderView>;
  /** Begin, or begin again after another tab took the stream or a person removed what blocked it. */
  start(): void;
  /** The network, the page or the server came back: do not wait for the next attempt. */
  nudge(): void;
  /** End of sending, by our own will. The devices are the caller's to close. */
  stop(): void;
}
