import type { DeviceKind } from "../ingest/capture";
import type { Figures, RoomFigures } from "../sending/sender";
import type { Layer } from "./plan";

/** What sending needs of a media server's room. `livekit.ts` is the one that speaks to LiveKit; tests hand in their own. */

export type Quality = NonNullable<RoomFigures["quality"]>;

export interface RoomEvents {
  /** The line broke and is being mended, with the same seat. */
  resuming(): void;
  resumed(): void;
  /** It is over; nothing more comes from this room. */
  closed(): void;
  /** Somebody else came in, after us. */
  joined(identity: string): void;
  quality(quality: Quality): void;
  /** How the server itself now has what we publish. */
  confirmed(device: DeviceKind, muted: boolean): void;
  /** The server, asked by somebody else, turned a switch of ours. */
  switched(device: DeviceKind, muted: boolean): void;
  /** The server does not have it any more, and not because we ended it. */
  unpublished(device: DeviceKind): void;
}

/** What was sent of one size, counted since the connection began. */
export interface LayerCount {
  readonly height: number;
  /** False while nobody watches this size, and so it is not sent. */
  readonly wanted: boolean;
  readonly bytes: number;
  readonly packets: number;
  readonly packetsLost: number;
  readonly framesPerSecond: number;
  readonly roundTripMs: number | null;
  readonly limitedBy: "bandwidth" | "cpu" | null;
}

export interface Publishing {
  readonly muted: boolean;
  readonly layers: readonly Layer[];
}

export interface Publication {
  /** Another track in place of this one, without viewers noticing. */
  replace(track: MediaStreamTrack): Promise<void>;
  mute(muted: boolean): Promise<void>;
  /** At most so much for all of its sizes together; null is as was planned. */
  limit(bitsPerSecond: number | null): Promise<void>;
  counts(): Promise<readonly LayerCount[]>;
  end(): Promise<void>;
}

export interface PublishRoom {
  /** Who else is here. */
  readonly others: readonly string[];
  /** Rejects when the server does not let us in or does not answer. */
  connect(url: string, token: string): Promise<void>;
  /**
   * Rejects when the server does not take it, also when it says nothing at all. `layers` are a camera's sizes, smallest
   * first, or the one of a screen; none for sound.
   */
  publish(device: DeviceKind, track: MediaStreamTrack, how: Publishing): Promise<Publication>;
  /** Leave, and let go of everything but the tracks, which are their opener's to stop. */
  close(): Promise<void>;
}

export interface RoomMaker {
  make(events: RoomEvents): PublishRoom;
  /** After the last room: nothing listens to the tracks any more. */
  release(): void;
}

export const NO_FIGURES: Figures = {
  by: "room",
  quality: null,
  framesPerSecond: null,
  lost: null,
  roundTripMs: null,
  watched: false,
  layers: [],
  screen: null,
};
