import type { Line, RoomFigures, SenderProblem } from "../sending/sender";
import type { Quality } from "./room";
import { lineOf, type Rates, ratesOf, type Sample } from "./stats";

/** Readings in a row: only what lasts is worth a word, */
const TELLING_READINGS = 4;
/** and a connection starts small by design, and feels its way up. */
const SETTLING_MS = 15_000;

export interface Reading {
  readonly bitrate: number;
  readonly figures: RoomFigures;
  readonly line: Line;
  /** What is wrong with what goes out; null when nothing is. */
  readonly told: Extract<SenderProblem, { code: "limited" | "no_frames" }> | null;
}

/** What one connection's figures say, from one look to the next. */
export class Gauge {
  /** What the server says of the connection. */
  quality: Quality | null = null;
  private since: number | null = null;
  private last: Sample | null = null;
  private limitedFor = 0;
  private stillFor = 0;

  read(sample: Sample, cameraOff: boolean): Reading {
    const rates = ratesOf(this.last, sample);
    this.last = sample;
    this.since ??= sample.at;
    this.limitedFor = rates.limited === null ? 0 : this.limitedFor + 1;
    const isStill = !cameraOff && rates.layers.length === 0 && sample.camera.some((layer) => layer.wanted);
    this.stillFor = isStill ? this.stillFor + 1 : 0;
    const { bitrate, framesPerSecond, lost, roundTripMs, watched, layers, screen } = rates;
    const { quality } = this;
    return {
      bitrate,
      figures: { by: "room", quality, framesPerSecond, lost, roundTripMs, watched, layers, screen },
      line: lineOf(quality, rates),
      told: this.judge(rates, sample.at - this.since > SETTLING_MS),
    };
  }

  private judge({ limited, bitrate }: Rates, isSettled: boolean): Reading["told"] {
    if (limited !== null && isSettled && this.limitedFor >= TELLING_READINGS) {
      return { code: "limited", by: limited.by, bitrate, height: limited.height };
    }
    return this.stillFor >= TELLING_READINGS ? { code: "no_frames" } : null;
  }
}
