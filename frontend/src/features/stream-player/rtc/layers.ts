import type { Level } from "../engine";

/** A simulcast layer, as LiveKit lists it: `quality` is 0, 1 or 2, the more the better. */
export interface Layer {
  readonly quality: number;
  readonly width: number;
  readonly height: number;
  readonly bitrate: number;
}

/** The sizes that are offered by name. What is smaller comes by itself when the line asks for it. */
const SMALLEST_LINES = 300;
const WORST = 0;
const BEST = 2;

/** Lines as people count them: of a picture that stands upright, the shorter side too. */
function linesOf(layer: Layer): number {
  return Math.min(layer.width, layer.height);
}

/** The sizes that a viewer may choose between, best first; fewer than two are no choice. */
export function levelsOf(layers: readonly Layer[]): Level[] {
  return layers
    .filter((layer) => linesOf(layer) >= SMALLEST_LINES && layer.quality <= BEST)
    .sort((a, b) => b.quality - a.quality)
    .map((layer) => ({ index: layer.quality, height: linesOf(layer), bitrate: layer.bitrate }));
}

/** The layer that was chosen, or null for whatever fits. */
export function layerOf(layers: readonly Layer[], quality: number): Layer | null {
  return layers.find((layer) => layer.quality === quality) ?? null;
}

/** The best layer to ask for when nobody chose one. */
export function ceiling(isSparing: boolean): number {
  return isSparing ? WORST : BEST;
}
