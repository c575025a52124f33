import { Capture, type DeviceChoice } from "./capture";
import { BitrateLadder } from "./ladder";
import { CANDIDATES, type Codec, probeCodec } from "./probe";
import type { IngestPass } from "./protocol";
import type { Connect, Record } from "./recording";
import { IngestSession } from "./session";

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

/** What the test before going live measured in this tab; null when there was none. */
export function rememberedUpload(): number | null {
  const upload = read(sessionStorage, UPLOAD_KEY);
  return typeof upload === "number" ? upload : null;
}

export function relaySender(capture: Capture, pass: () => Promise<IngestPass>): IngestSession {
  const ladder = new BitrateLadder();
  const upload = rememberedUpload();
  if (upload !== null) ladder.startFor(upload);
  return new IngestSession({ capture, connect, record, ladder, codec: findCodec, pass });
}

function read(storage: Storage, key: string): unknown {
  try {
    return JSON.parse(storage.getItem(key) ?? "null") as unknown;
  } catch {
    return null;
  }
}
