import { describe, expect, it } from "vitest";
import { levelOf } from "./level";

const tone = (amplitude: number): Float32Array => Float32Array.from({ length: 1024 }, (_, i) => amplitude * Math.sin(i / 5));

describe("levelOf", () => {
  it("is 0 for silence and for what nobody hears, 1 at most", () => {
    expect(levelOf(new Float32Array(0))).toBe(0);
    expect(levelOf(tone(0))).toBe(0);
    expect(levelOf(tone(0.0005))).toBe(0);
    expect(levelOf(tone(2))).toBe(1);
  });

  it("rises with loudness as ears hear it: half the amplitude is six decibels less", () => {
    expect(levelOf(tone(0.5)) - levelOf(tone(0.25))).toBeCloseTo(6.02 / 55, 2);
    expect(levelOf(tone(0.05))).toBeGreaterThan(0.4);
  });
});
