import type { Room } from "livekit-client";

/** What of the world outside a piece of code holds on to, counted. */
export class Counted extends EventTarget {
  listeners = 0;

  override addEventListener(...given: Parameters<EventTarget["addEventListener"]>): void {
    this.listeners += 1;
    super.addEventListener(...given);
  }

  override removeEventListener(...given: Parameters<EventTarget["removeEventListener"]>): void {
    this.listeners -= 1;
    super.removeEventListener(...given);
  }
}

/** The page around a video. */
export class FakeDocument extends Counted {
  visibilityState = "visible";
  pictureInPictureElement: object | null = null;
}

export class FakeVideo extends Counted {
  srcObject: unknown = null;
  paused = false;
  clientWidth = 640;
  clientHeight = 360;
  frames = 0;
  plays = 0;

  constructor(readonly ownerDocument = new FakeDocument()) {
    super();
  }

  play(): Promise<void> {
    this.plays += 1;
    return Promise.resolve();
  }

  getVideoPlaybackQuality(): { totalVideoFrames: number } {
    return { totalVideoFrames: this.frames };
  }

  get asElement(): HTMLVideoElement {
    return this as unknown as HTMLVideoElement;
  }
}

/** As far as the player uses one. */
export class FakeStream {
  private readonly tracks = new Set<object>();

  getTracks(): object[] {
    return [...this.tracks];
  }

  addTrack(track: object): void {
    this.tracks.add(track);
  }

  removeTrack(track: object): void {
    this.tracks.delete(track);
  }
}

/** An IntersectionObserver or a ResizeObserver that knows how many of its kind are at work. */
export class FakeObserver {
  static active = 0;

  constructor(readonly report: (entries: { isIntersecting: boolean }[]) => void) {
    FakeObserver.all.push(this);
  }

  static all: FakeObserver[] = [];

  observe(): void {
    FakeObserver.active += 1;
  }

  disconnect(): void {
    FakeObserver.active -= 1;
  }
}

interface Info {
  element: object;
  visible: boolean;
  handleResize?: () => void;
  width(): number;
  observe(): void;
  stopObserving(): void;
}

export class FakeTrack {
  readonly mediaStreamTrack = {};
  readonly observed = new Set<Info>();
  /** How often it was told that its size may be another one. */
  resizes = 0;

  observeElementInfo(info: Info): void {
    this.observed.add(info);
    info.handleResize = () => (this.resizes += 1);
    info.observe();
  }

  stopObservingElementInfo(info: Info): void {
    this.observed.delete(info);
    info.stopObserving();
  }
}

export interface FakePublication {
  kind: "video" | "audio";
  source: string;
  isMuted: boolean;
  track: FakeTrack | undefined;
  videoTrack: FakeTrack | undefined;
  trackInfo: { codecs: { layers: { quality: number; width: number; height: number; bitrate: number }[] }[] };
  asked: number[];
  setVideoQuality(quality: number): void;
}

const LAYERS = [
  { quality: 0, width: 640, height: 360, bitrate: 450_000 },
  { quality: 1, width: 1280, height: 720, bitrate: 1_700_000 },
  { quality: 2, width: 1920, height: 1080, bitrate: 3_000_000 },
];

export function publication(source: "camera" | "screen_share" | "microphone", over: Partial<FakePublication> = {}): FakePublication {
  const kind = source === "microphone" ? "audio" : "video";
  const track = new FakeTrack();
  const asked: number[] = [];
  return {
    kind,
    source,
    isMuted: false,
    track,
    videoTrack: kind === "video" ? track : undefined,
    trackInfo: { codecs: [{ layers: LAYERS }] },
    asked,
    setVideoQuality: (quality) => asked.push(quality),
    ...over,
  };
}

/** LiveKit's `Room`, as far as the player uses it; a test plays the server. */
export class FakeRoom {
  readonly localParticipant = {};
  readonly remoteParticipants = new Map<string, { identity: string; trackPublications: Map<string, FakePublication> }>();
  readonly connects: [url: string, token: string][] = [];
  disconnects = 0;
  private readonly handlers = new Map<string, Set<(...args: unknown[]) => void>>();
  private refuse: (error: Error) => void = () => undefined;

  get listeners(): number {
    return [...this.handlers.values()].reduce((sum, some) => sum + some.size, 0);
  }

  get asRoom(): Room {
    return this as unknown as Room;
  }

  on(name: string, handler: (...args: unknown[]) => void): void {
    this.handlers.set(name, (this.handlers.get(name) ?? new Set()).add(handler));
  }

  off(name: string, handler: (...args: unknown[]) => void): void {
    this.handlers.get(name)?.delete(handler);
  }

  emit(name: string, ...args: unknown[]): void {
    for (const handler of [...(this.handlers.get(name) ?? [])]) handler(...args);
  }

  connect(url: string, token: string): Promise<void> {
    this.connects.push([url, token]);
    return new Promise((_resolve, reject) => (this.refuse = reject));
  }

  /** The server, or the door before it, says no. */
  refuses(): void {
    this.refuse(new Error("could not establish signal connection"));
  }

  disconnect(): Promise<void> {
    this.disconnects += 1;
    return Promise.resolve();
  }

  /** These publications are there now, under this identity. */
  async stage(publications: FakePublication[], identity = "broadcaster-1"): Promise<void> {
    const trackPublications = new Map(publications.map((each, index) => [String(index), each]));
    this.remoteParticipants.set(identity, { identity, trackPublications });
    this.emit("trackSubscribed");
    // What changes together is shown together, one microtask later.
    await Promise.resolve();
  }
}
