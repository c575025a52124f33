import type { Playback } from "../../api/types";
import type { Problem } from "./phase";

export interface Level {
  /** The engine's own number for it. */
  readonly index: number;
  /** Lines of the picture, 0 when unknown. */
  readonly height: number;
  readonly bitrate: number;
}

export const AUTO = -1;

/** Where pictures go: the page's one player, and the small one in its corner for the camera beside a shared screen. */
export interface Screens {
  readonly picture: HTMLVideoElement;
  readonly corner: HTMLVideoElement;
}

/** How the line to the media server does, as far as the engine knows. */
export type Line = "good" | "poor";

export interface EngineEvents {
  onLevels(levels: readonly Level[]): void;
  onProblem(problem: Problem): void;
  /** There is something new in the element to be played. */
  onMedia(): void;
  /** Pictures stopped coming, or came again, without the element itself noticing. */
  onStall(stalls: boolean): void;
  /** The broadcaster is there but sends no picture: the camera is off. */
  onDark(isDark: boolean): void;
  onCorner(isShown: boolean): void;
  onLine(line: Line): void;
}

/** What plays a stream in the page's video element. */
export interface Engine {
  readonly kind: Playback["kind"];
  /** Plays what this source leads to, in place of what plays now. */
  load(source: Playback): void;
  /** How to try the same source again; null where a source is good for one try and a new one must be asked for. */
  readonly again: {
    /** Goes on loading after a problem, keeping the picture that is there. */
    reload(): void;
    /** Begins anew with the same address, for media that broke. */
    restart(): void;
  } | null;
  setLevel(index: number): void;
  /** Where the live edge is in the element's time, null while unknown. */
  livePosition(): number | null;
  /** Seconds between the live edge and the picture, null while unknown. */
  behindSeconds(): number | null;
  /** Asks for nothing more and lets go of the line; the picture stays. */
  stop(): void;
  destroy(): void;
}

/** Each engine is a chunk of its own. */
const CHUNKS = {
  webrtc: () => import("./rtc/engine"),
  hls: () => import("./hls"),
};

/** Loads the engine that will probably be wanted, while the server is still being asked. */
export function prepareEngine(kind: Playback["kind"]): void {
  // Should it not come, whoever makes the engine notices.
  CHUNKS[kind]().catch(() => undefined);
}

/** The engine for this kind of source; null where this browser has none. */
export async function makeEngine(kind: Playback["kind"], screens: Screens, events: EngineEvents): Promise<Engine | null> {
  if (kind === "webrtc") {
    const { rtcEngine } = await CHUNKS.webrtc();
    return rtcEngine(screens, events);
  }
  const { hlsEngine } = await CHUNKS.hls();
  return hlsEngine(screens.picture, events) ?? nativeEngine(screens.picture, events);
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
    kind: "hls",
    load: ({ url }) => load(url),
    again: { reload: () => load(address), restart: () => load(address) },
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
