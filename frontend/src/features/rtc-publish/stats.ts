import type { Line } from "../sending/sender";
import type { LayerCount, Quality } from "./room";

/** Everything that goes out at one moment: all sizes of the camera, the screen and the sound. */
export interface Sample {
  readonly at: number;
  readonly camera: readonly LayerCount[];
  readonly screen: readonly LayerCount[];
  readonly microphone: readonly LayerCount[];
}

export interface Rates {
  readonly bitrate: number;
  readonly framesPerSecond: number | null;
  /** 0 to 1; null while too little went out to say. */
  readonly lost: number | null;
  readonly roundTripMs: number | null;
  readonly watched: boolean;
  readonly layers: readonly number[];
  readonly screen: number | null;
  /** What holds the best wanted size back, and how many lines still go out. */
  readonly limited: { readonly by: "bandwidth" | "cpu"; readonly height: number } | null;
}

/** Fewer packets than this say nothing about loss. */
const TELLING_PACKETS = 20;

/** What happened between two samples. */
export function ratesOf(before: Sample | null, now: Sample): Rates {
  const seconds = before === null ? 0 : (now.at - before.at) / 1000;
  const all = everything(now);
  const past = before === null ? [] : everything(before);
  // A new connection counts from zero again.
  const grown = (field: "bytes" | "packets" | "packetsLost"): number => Math.max(0, sum(all, field) - sum(past, field));
  const packets = grown("packets");
  const sent = now.camera.filter(goesOut);
  const screens = now.screen.filter(goesOut).map((layer) => layer.height);
  const trips = all.map((layer) => layer.roundTripMs).filter((trip) => trip !== null);
  const wanted = now.camera.filter((layer) => layer.wanted);
  const held = wanted.findLast((layer) => layer.limitedBy !== null);
  return {
    bitrate: seconds > 0 ? Math.round((grown("bytes") * 8) / seconds) : 0,
    framesPerSecond: sent.length === 0 ? null : Math.round(Math.max(...sent.map((layer) => layer.framesPerSecond))),
    lost: before !== null && packets >= TELLING_PACKETS ? Math.min(1, grown("packetsLost") / packets) : null,
    roundTripMs: trips.length === 0 ? null : Math.round(Math.max(...trips)),
    watched: [...now.camera, ...now.screen].some((layer) => layer.wanted),
    layers: sent.map((layer) => layer.height),
    screen: screens.length === 0 ? null : Math.max(...screens),
    limited: held?.limitedBy ? { by: held.limitedBy, height: Math.max(0, ...sent.map((layer) => layer.height)) } : null,
  };
}

const FAIR_LOSS = 0.02;
const POOR_LOSS = 0.08;
const FAIR_TRIP_MS = 300;
const POOR_TRIP_MS = 800;

/** What the server says and what we measure, whichever is worse. */
export function lineOf(quality: Quality | null, { lost, roundTripMs }: Pick<Rates, "lost" | "roundTripMs">): Line {
  const isOver = (loss: number, trip: number): boolean => (lost ?? 0) > loss || (roundTripMs ?? 0) > trip;
  if (quality === "poor" || quality === "lost" || isOver(POOR_LOSS, POOR_TRIP_MS)) return "poor";
  return isOver(FAIR_LOSS, FAIR_TRIP_MS) ? "fair" : "good";
}

function everything({ camera, screen, microphone }: Sample): readonly LayerCount[] {
  return [...camera, ...screen, ...microphone];
}

function goesOut(layer: LayerCount): boolean {
  return layer.wanted && layer.framesPerSecond > 0;
}

function sum(layers: readonly LayerCount[], field: "bytes" | "packets" | "packetsLost"): number {
  return layers.reduce((total, layer) => total + layer[field], 0);
}
