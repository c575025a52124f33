import type { Problem } from "./phase";

export interface Level {
  /** The engine's own number for it. */
  readonly index: number;
  /** Lines of the picture, 0 when unknown. */
  readonly height: number;
  readonly bitrate: number;
}

export const AUTO = -1;

export interface EngineEvents {
  onLevels(levels: readonly Level[]): void;
  onProblem(problem: Problem): void;
}

/** What plays an HLS address in a video element. */
export interface Engine {
  load(url: string): void;
  /** Goes on loading after a problem, keeping the picture that is there. */
  reload(): void;
  /** Begins anew with the same address, for media that broke. */
  restart(): void;
  setLevel(index: number): void;
  /** Where the live edge is in the element's time, null while unknown. */
  livePosition(): number | null;
  /** Seconds between the live edge and the picture, null while unknown. */
  behindSeconds(): number | null;
  /** Asks for nothing more; the picture stays. */
  stop(): void;
  destroy(): void;
}

/** The engine for this browser: hls.js in its own chunk where it runs, else the browser's own HLS. */
export async function makeEngine(video: HTMLVideoElement, events: EngineEvents): Promise<Engine | null> {
  const { hlsEngine } = await import("./hls");
  return hlsEngine(video, events) ?? nativeEngine(video, events);
}

/** Safari on iPhone: the browser plays HLS itself and offers no choice of quality. */
function nativeEngine(video: HTMLVideoElement, events: EngineEvents): Engine | null {
  if (video.canPlayType("application/vnd.apple.mpegurl") === "") return null;
  let address = "";
  const onError = (): void => {
    const code = video.error?.code;
    events.onProblem(code === MediaError.MEDIA_ERR_DECODE ? "media" : "network");
  };
  video.addEventListener("error", onError);
  const edge = (): number | null => (video.seekable.length > 0 ? video.seekable.end(video.seekable.length - 1) : null);
  const load = (url: string): void => {
    address = url;
    video.src = url;
    video.load();
  };
  return {
    load,
    reload: () => load(address),
    restart: () => load(address),
    setLevel: () => undefined,
    livePosition: edge,
    behindSeconds: () => {
      const end = edge();
      return end === null ? null : Math.max(0, end - video.currentTime);
    },
    stop: () => video.pause(),
    destroy: () => {
      video.removeEventListener("error", onError);
      video.removeAttribute("src");
      video.load();
    },
  };
}
