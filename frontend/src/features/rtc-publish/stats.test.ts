import { describe, expect, it } from "vitest";
import { layer } from "./fakes";
import { lineOf, ratesOf, type Sample } from "./stats";

const sample = (at: number, camera: Sample["camera"], change: Partial<Sample> = {}): Sample => ({
  at,
  camera,
  screen: [],
  microphone: [],
  ...change,
});

describe("rates", () => {
  it("are of everything that went out in between", () => {
    const before = sample(0, [layer({ bytes: 1_000 })], { microphone: [layer({ height: 0, bytes: 500 })] });
    const now = sample(2_000, [layer({ bytes: 251_000 })], { microphone: [layer({ height: 0, bytes: 16_500 })] });
    expect(ratesOf(before, now).bitrate).toBe(1_064_000);
  });

  it("are not told of a first sample, nor of a connection that counts from zero again", () => {
    const full = sample(0, [layer({ bytes: 5_000_000, packets: 9_000 })]);
    expect(ratesOf(null, full)).toMatchObject({ bitrate: 0, lost: null });
    expect(ratesOf(full, sample(2_000, [layer({ bytes: 1_000, packets: 5 })]))).toMatchObject({ bitrate: 0, lost: null });
  });

  it("count only sizes that somebody is sent, and name the screen beside them", () => {
    const camera = [layer({ height: 360 }), layer({ height: 720, wanted: false }), layer({ height: 1080, framesPerSecond: 0 })];
    const rates = ratesOf(null, sample(0, camera, { screen: [layer({ height: 400 }), layer({ height: 800 })] }));
    expect(rates).toMatchObject({ layers: [360], screen: 800, watched: true });
    expect(ratesOf(null, sample(0, [layer({ wanted: false })]))).toMatchObject({ layers: [], watched: false });
  });

  it("name what holds the best wanted size back", () => {
    const camera = [layer({ height: 360 }), layer({ limitedBy: "cpu", framesPerSecond: 0 })];
    expect(ratesOf(null, sample(0, camera)).limited).toEqual({ by: "cpu", height: 360 });
    const unwanted = [layer({ height: 360 }), layer({ limitedBy: "cpu", wanted: false })];
    expect(ratesOf(null, sample(0, unwanted)).limited).toBeNull();
  });
});

describe("the line", () => {
  it.each([
    ["excellent", { lost: 0, roundTripMs: 20 }, "good"],
    ["good", { lost: 0.01, roundTripMs: 150 }, "good"],
    ["excellent", { lost: 0.03, roundTripMs: 20 }, "fair"],
    [null, { lost: null, roundTripMs: 400 }, "fair"],
    ["good", { lost: 0.1, roundTripMs: 20 }, "poor"],
    ["poor", { lost: 0, roundTripMs: 20 }, "poor"],
    ["lost", { lost: null, roundTripMs: null }, "poor"],
  ] as const)("%s with %o is %s", (quality, rates, line) => {
    expect(lineOf(quality, rates)).toBe(line);
  });
});
