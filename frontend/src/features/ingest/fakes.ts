/** Stand-ins for the browser's parts, for tests: a recorder, a socket, tracks and devices that do as they are told. */
import type { MediaSource } from "./capture";
import type { Connect, Record, Recording, RecordingEvents, RecordingOptions, SocketEvents } from "./recording";

export class FakeRecording implements Recording {
  mime = "";
  started = false;
  stopped = false;

  constructor(
    readonly options: RecordingOptions,
    readonly events: RecordingEvents,
    private readonly gives: string,
  ) {}

  start(): void {
    this.started = true;
    this.mime = this.gives;
  }

  stop(): void {
    this.stopped = true;
  }

  /** As the browser does it: a chunk, then some microtasks until its bytes can be read. */
  async give(bytes: number): Promise<void> {
    this.events.chunk(new Blob([new Uint8Array(bytes)]));
    for (let i = 0; i < 20; i += 1) await Promise.resolve();
  }
}

export class FakeRecorder {
  readonly made: FakeRecording[] = [];
  gives = "video/x-matroska;codecs=avc1,opus";

  readonly record: Record = (_stream, options, events) => {
    const recording = new FakeRecording(options, events, this.gives);
    this.made.push(recording);
    return recording;
  };

  get last(): FakeRecording {
    return lastOf(this.made);
  }
}

export class FakeSocket {
  readonly texts: string[] = [];
  readonly frames: number[] = [];
  closed = false;
  queuedBytes = 0;

  constructor(
    readonly url: string,
    readonly events: SocketEvents,
  ) {}

  send(data: string | Uint8Array): void {
    if (typeof data === "string") this.texts.push(data);
    else this.frames.push(data.byteLength);
  }

  close(): void {
    this.closed = true;
  }

  say(message: object): void {
    this.events.text(JSON.stringify(message));
  }

  get lastStart(): { epoch: number; bitrate: number; mime: string; width: number; height: number } {
    return JSON.parse(lastOf(this.texts)) as ReturnType<() => FakeSocket["lastStart"]>;
  }

  /** Open, and answer the start that follows. */
  welcome(): void {
    this.events.opened();
    this.ready();
  }

  ready(): void {
    this.say({ type: "ingest:ready", epoch: this.lastStart.epoch });
  }
}

export class FakeNetwork {
  readonly sockets: FakeSocket[] = [];

  readonly connect: Connect = (url, events) => {
    const socket = new FakeSocket(url, events);
    this.sockets.push(socket);
    return socket;
  };

  get last(): FakeSocket {
    return lastOf(this.sockets);
  }
}

export class FakeTrack extends EventTarget {
  readyState: MediaStreamTrackState = "live";
  enabled = true;

  constructor(
    readonly kind: "video" | "audio",
    readonly device: string,
  ) {
    super();
  }

  stop(): void {
    this.readyState = "ended";
  }

  /** The device went away: unlike `stop`, this fires "ended". */
  vanish(): void {
    this.readyState = "ended";
    this.dispatchEvent(new Event("ended"));
  }

  getSettings(): MediaTrackSettings {
    return this.kind === "video" ? { width: 1280, height: 720 } : {};
  }
}

export function fakeStream(tracks: readonly FakeTrack[]): MediaStream {
  return {
    getTracks: () => [...tracks],
    getVideoTracks: () => tracks.filter((track) => track.kind === "video"),
    getAudioTracks: () => tracks.filter((track) => track.kind === "audio"),
  } as unknown as MediaStream;
}

/** A machine with a camera and a microphone; `opened` holds every track that was ever given out. */
export class FakeDevices {
  readonly opened: FakeTrack[] = [];
  /** Name of the DOMException to throw for a kind, as `getUserMedia` does. */
  refuse: { video?: string; audio?: string } = {};
  /** A device that was there when it was chosen. */
  unplugged = "";
  /** While set, `getUserMedia` waits for it: the person has not answered the browser's question yet. */
  question: Promise<void> | null = null;

  get source(): MediaSource {
    return this as unknown as MediaSource;
  }

  get openTracks(): FakeTrack[] {
    return this.opened.filter((track) => track.readyState === "live");
  }

  async getUserMedia({ video, audio }: MediaStreamConstraints): Promise<MediaStream> {
    await this.question;
    const problem = (video ? this.refuse.video : undefined) ?? (audio ? this.refuse.audio : undefined);
    if (problem !== undefined) throw new DOMException("refused", problem);
    const tracks = [...(video ? [track("video", video)] : []), ...(audio ? [track("audio", audio)] : [])];
    if (tracks.some(({ device }) => device === this.unplugged)) throw new DOMException("gone", "OverconstrainedError");
    return this.give(tracks);
  }

  getDisplayMedia(): Promise<MediaStream> {
    return Promise.resolve(this.give([new FakeTrack("video", "screen")]));
  }

  enumerateDevices(): Promise<object[]> {
    return Promise.resolve([
      { kind: "videoinput", deviceId: "cam-1", label: "Front camera" },
      { kind: "videoinput", deviceId: "", label: "" },
      { kind: "audioinput", deviceId: "mic-1", label: "Headset" },
    ]);
  }

  addEventListener(): void {}
  removeEventListener(): void {}

  private give(tracks: FakeTrack[]): MediaStream {
    this.opened.push(...tracks);
    return fakeStream(tracks);
  }
}

function track(kind: "video" | "audio", constraints: boolean | MediaTrackConstraints): FakeTrack {
  const wanted = typeof constraints === "object" ? (constraints.deviceId as ConstrainDOMStringParameters | undefined) : undefined;
  return new FakeTrack(kind, typeof wanted?.exact === "string" ? wanted.exact : "default");
}

export function compose(tracks: MediaStreamTrack[]): MediaStream {
  return fakeStream(tracks as unknown as FakeTrack[]);
}

function lastOf<Item>(items: readonly Item[]): Item {
  const last = items.at(-1);
  if (last === undefined) throw new Error("nothing was made yet");
  return last;
}
