// A chunk of its own: nothing but `makeEngine` may import this module.
import Hls, { type ErrorData, type HlsConfig } from "hls.js/light";
import { savesData } from "./data-saver";
import { AUTO, type Engine, type EngineEvents } from "./engine";
import { problemOf, type Problem } from "./phase";

/** What is asked for is a second long: a line that takes longer than this has swallowed it. */
const PATIENCE = {
  default: {
    maxTimeToFirstByteMs: 4000,
    maxLoadTimeMs: 10_000,
    timeoutRetry: { maxNumRetry: 2, retryDelayMs: 0, maxRetryDelayMs: 0 },
    errorRetry: { maxNumRetry: 2, retryDelayMs: 500, maxRetryDelayMs: 2000 },
  },
};

/**
 * Segments are one second long. The picture aims 1.8 s behind the newest one and creeps back there by playing at
 * most a tenth faster; beyond 6 s it jumps. Each stall moves the aim back a little. Together with
 * encoding and upload that keeps glass to glass under 3 s, and a second of pictures in hand.
 */
const CONFIG: Partial<HlsConfig> = {
  lowLatencyMode: true,
  liveSyncDuration: 1.8,
  liveMaxLatencyDuration: 6,
  liveSyncOnStallIncrease: 0.3,
  maxLiveSyncPlaybackRate: 1.1,
  maxBufferLength: 10,
  backBufferLength: 10,
  capLevelToPlayerSize: true,
  manifestLoadPolicy: PATIENCE,
  playlistLoadPolicy: PATIENCE,
  fragLoadPolicy: PATIENCE,
  // Begin with the good picture; the estimate is corrected after the first segment.
  abrEwmaDefaultEstimate: 12_000_000,
  testBandwidth: false,
  startFragPrefetch: true,
};

/** A segment that is refused was named by a playlist of long ago: the next one names others. */
function problemIn(error: ErrorData): Problem {
  if (error.type !== Hls.ErrorTypes.NETWORK_ERROR) return "media";
  return error.frag ? "network" : problemOf(error.response?.code ?? 0);
}

export function hlsEngine(video: HTMLVideoElement, events: EngineEvents): Engine | null {
  if (!Hls.isSupported()) return null;
  const hls = new Hls(CONFIG);
  // The smallest picture, until the viewer picks another.
  if (savesData()) hls.autoLevelCapping = 0;
  let address = "";
  let hasManifest = false;

  hls.on(Hls.Events.MANIFEST_PARSED, (_name, data) => {
    hasManifest = true;
    events.onLevels(data.levels.map((level, index) => ({ index, height: level.height, bitrate: level.bitrate })));
  });
  hls.on(Hls.Events.ERROR, (_name, error: ErrorData) => {
    if (!error.fatal) return;
    events.onProblem(problemIn(error));
  });
  hls.attachMedia(video);

  const load = (url: string): void => {
    address = url;
    hasManifest = false;
    hls.loadSource(url);
  };
  return {
    kind: "hls",
    load: ({ url }) => load(url),
    again: {
      reload: () => (hasManifest ? hls.startLoad() : load(address)),
      restart: () => hls.recoverMediaError(),
    },
    setLevel: (index) => {
      // From the next segment on, so the picture goes on meanwhile.
      hls.nextLevel = index;
      if (index === AUTO) hls.loadLevel = AUTO;
    },
    livePosition: () => hls.liveSyncPosition,
    behindSeconds: () => (hls.latency > 0 ? hls.latency : null),
    stop: () => hls.stopLoad(),
    destroy: () => hls.destroy(),
  };
}
