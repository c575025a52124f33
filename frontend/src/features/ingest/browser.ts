import { api, ApiError } from "../../api/client";
import { Capture, type DeviceChoice } from "./capture";
import { BitrateLadder } from "./ladder";
import { PassRefused } from "./pass";
import { CANDIDATES, type Codec, probeCodec } from "./probe";
import type { IngestPass } from "./protocol";
import type { Connect, Record } from "./recording";
import { IngestSession } from "./session";

/** A request that got lost on the way is given up after this, so that the next one can be made. */
const PASS_PATIENCE_MS = 8_000;
const KEY_FRAME_EVERY_MS = 1000;
const AUDIO_BPS = 128_000;

const CHOICE_KEY = "busk:devices";
const CODEC_KEY = "busk:codec";
const UPLOAD_KEY = "busk:upload";

/** Not in TypeScript's library yet: https://www.w3.org/TR/mediastream-recording/#mediarecorderoptions-section */
interface RecorderOptions extends MediaRecorderOptions {
  videoKeyFrameIntervalDuration: number;
}

export const record: Record = (stream, { mime, bitrate }, events) => {
  const options: RecorderOptions = {
    mimeType: mime,
    videoBitsPerSecond: bitrate,
    audioBitsPerSecond: AUDIO_BPS,
    videoKeyFrameIntervalDuration: KEY_FRAME_EVERY_MS,
  };
  const recorder = new MediaRecorder(stream, options);
  recorder.ondataavailable = (event) => events.chunk(event.data);
  recorder.onerror = () => events.failed();
  return {
    get mime() {
      return recorder.mimeType;
    },
    start: (sliceMs) => recorder.start(sliceMs),
    stop() {
      recorder.ondataavailable = null;
      recorder.onerror = null;
      if (recorder.state !== "inactive") recorder.stop();
    },
  };
};

export const connect: Connect = (path, events) => {
  const socket = new WebSocket(new URL(path, location.href.replace(/^http/, "ws")));
  socket.onopen = () => events.opened();
  socket.onclose = (event) => events.closed(event.code);
  socket.onmessage = (event) => {
    if (typeof event.data === "string") events.text(event.data);
  };
  return {
    get queuedBytes() {
      return socket.bufferedAmount;
    },
    send(data) {
      // Between the last byte and "close" the browser would only log an error.
      if (socket.readyState === WebSocket.OPEN) socket.send(data as string | Uint8Array<ArrayBuffer>);
    },
    close: () => socket.close(),
  };
};

export function openCapture(): Capture {
  const media = "mediaDevices" in navigator ? navigator.mediaDevices : undefined;
  return new Capture(media, savedChoice());
}

export function saveChoice(choice: DeviceChoice): void {
  localStorage.setItem(CHOICE_KEY, JSON.stringify(choice));
}

function savedChoice(): DeviceChoice {
  const saved = read(localStorage, CHOICE_KEY) as Partial<DeviceChoice> | null;
  return { cameraId: saved?.cameraId ?? "", microphoneId: saved?.microphoneId ?? "" };
}

/** What this browser records; found once per visit, since finding out takes half a second. */
export async function findCodec(stream: MediaStream, refused: readonly string[] = []): Promise<Codec | null> {
  const known = read(sessionStorage, CODEC_KEY) as Codec | null;
  if (known !== null && !refused.includes(known.ask)) return known;
  const found = await probeCodec(stream, {
    record,
    isSupported: (mime) => MediaRecorder.isTypeSupported(mime),
    candidates: CANDIDATES.filter((mime) => !refused.includes(mime)),
  });
  if (found !== null) sessionStorage.setItem(CODEC_KEY, JSON.stringify(found));
  return found;
}

export function rememberUpload(bitsPerSecond: number): void {
  sessionStorage.setItem(UPLOAD_KEY, JSON.stringify(bitsPerSecond));
}

export function sessionFor(streamId: string, capture: Capture): IngestSession {
  const ladder = new BitrateLadder();
  const upload = read(sessionStorage, UPLOAD_KEY) as number | null;
  if (upload !== null) ladder.startFor(upload);
  return new IngestSession({ capture, connect, record, ladder, codec: findCodec, pass: () => askPass(streamId) });
}

interface BroadcastToken {
  ingest: { url: string; max_frame_bytes: number; ack_window_seconds: number; bitrates: number[] };
}

async function askPass(streamId: string): Promise<IngestPass> {
  try {
    const signal = AbortSignal.timeout(PASS_PATIENCE_MS);
    const { ingest } = await api<BroadcastToken>(`/api/streams/${streamId}/broadcast-token`, { signal });
    return {
      url: ingest.url,
      maxFrameBytes: ingest.max_frame_bytes,
      ackWindowSeconds: ingest.ack_window_seconds,
      bitrates: ingest.bitrates,
    };
  } catch (error) {
    if (error instanceof ApiError) {
      if (error.status === 410 || error.status === 404) throw new PassRefused("ended");
      if (error.status === 401) throw new PassRefused("signed_out");
      if (error.status === 403) throw new PassRefused("refused");
    }
    throw error;
  }
}

function read(storage: Storage, key: string): unknown {
  try {
    return JSON.parse(storage.getItem(key) ?? "null") as unknown;
  } catch {
    return null;
  }
}
