import type { Record } from "./recording";

/**
 * What to try, best first: H.264 is copied by the server, VP8 and VP9 are transcoded.
 *
 * `isTypeSupported` cannot be believed: Chromium says yes to `video/mp4;codecs=avc1` and then delivers nothing. So each
 * candidate is asked to record, and the first that gives real data is taken.
 */
export const CANDIDATES: readonly string[] = [
  "video/webm;codecs=h264,opus",
  "video/mp4;codecs=avc1.42E01F,mp4a.40.2",
  "video/webm;codecs=vp8,opus",
  "video/webm;codecs=vp9,opus",
  "video/webm",
];

/** A container's header alone is smaller than this; pictures are not. */
const REAL_DATA_BYTES = 2_000;
const PATIENCE_MS = 1_500;
const SLICE_MS = 100;
const PROBE_BITRATE = 1_000_000;

export interface Codec {
  /** What to ask the recorder for. */
  ask: string;
  /** What it then really gave. */
  gives: string;
}

export interface ProbeParts {
  record: Record;
  isSupported(mime: string): boolean;
  candidates?: readonly string[];
}

/** The first candidate that really records this stream, or null when the browser can record none. */
export async function probeCodec(stream: MediaStream, parts: ProbeParts): Promise<Codec | null> {
  for (const mime of parts.candidates ?? CANDIDATES) {
    if (!parts.isSupported(mime)) continue;
    const gives = await tryOne(stream, mime, parts.record);
    if (gives !== null) return { ask: mime, gives };
  }
  return null;
}

function tryOne(stream: MediaStream, mime: string, record: Record): Promise<string | null> {
  return new Promise((resolve) => {
    let bytes = 0;
    const settle = (answer: string | null): void => {
      clearTimeout(patience);
      recording?.stop();
      resolve(answer);
    };
    const patience = setTimeout(() => settle(null), PATIENCE_MS);
    let recording: ReturnType<Record> | null = null;
    try {
      recording = record(
        stream,
        { mime, bitrate: PROBE_BITRATE },
        {
          chunk(data) {
            bytes += data.size;
            if (bytes >= REAL_DATA_BYTES) settle(recording?.mime || mime);
          },
          failed: () => settle(null),
        },
      );
      recording.start(SLICE_MS);
    } catch {
      // The constructor and start() throw for types and tracks they cannot take.
      settle(null);
    }
  });
}
