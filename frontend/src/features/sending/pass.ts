import { api, ApiError } from "../../api/client";
import { PassRefused } from "../ingest/pass";
import type { IngestPass } from "../ingest/protocol";

/** A request that got lost on the way is given up after this, so that the next one can be made. */
const PATIENCE_MS = 8_000;

/** A seat in the media server's room: for one connection, and never used twice. */
export interface RoomPass {
  readonly url: string;
  readonly token: string;
  readonly identity: string;
  /** The operator's caps: lines of picture, and bits per second of everything together. */
  readonly heightMost: number;
  readonly bitrateMost: number;
}

/** How this stream is sent, and what one connection needs for it. */
export type SendPass =
  | { readonly by: "relay"; readonly pass: IngestPass }
  | { readonly by: "room"; readonly pass: RoomPass };

/** `leaving` is who this page was until now: that seat ends with the making of the new one. */
export type AskPass = (leaving: string | null) => Promise<SendPass>;

/** The media server does not answer. The stream waits for it, and so do we. */
export class MediaAway extends Error {}

interface BroadcastToken {
  readonly ingest: { url: string; max_frame_bytes: number; ack_window_seconds: number; bitrates: number[] } | null;
  readonly room: { url: string; token: string; identity: string; height_most: number; bitrate_most: number } | null;
}

/** Asks for a pass. Throws PassRefused when asking again is of no use, MediaAway, or what `api` throws. */
export async function askPass(streamId: string, leaving: string | null): Promise<SendPass> {
  const query = leaving === null ? "" : `?leaving=${encodeURIComponent(leaving)}`;
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return read(await api<BroadcastToken>(`/api/streams/${streamId}/broadcast-token${query}`, { signal }));
  } catch (error) {
    if (error instanceof ApiError) {
      if (error.status === 410 || error.status === 404) throw new PassRefused("ended");
      if (error.status === 401) throw new PassRefused("signed_out");
      if (error.status === 403) throw new PassRefused("refused");
      if (error.code === "sent_elsewhere") throw new PassRefused("taken");
      if (error.code === "media_away") throw new MediaAway("the media server is away");
    }
    throw error;
  }
}

function read({ ingest, room }: BroadcastToken): SendPass {
  if (room !== null) {
    const { url, token, identity, height_most, bitrate_most } = room;
    return { by: "room", pass: { url, token, identity, heightMost: height_most, bitrateMost: bitrate_most } };
  }
  if (ingest === null) throw new Error("a pass with neither room nor ingest");
  return {
    by: "relay",
    pass: {
      url: ingest.url,
      maxFrameBytes: ingest.max_frame_bytes,
      ackWindowSeconds: ingest.ack_window_seconds,
      bitrates: ingest.bitrates,
    },
  };
}
