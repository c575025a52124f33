import { describe, expect, it } from "vitest";
import { heightOf, planCamera, planFor, planScreen, SOUND_BPS, totalOf } from "./plan";

const caps = { heightMost: 1080, bitrateMost: 4_500_000 };
const heights = (upload: number | null, most = caps): number[] => planCamera(upload, most).map((layer) => layer.height);

describe("what is sent of a camera", () => {
  it.each<[string, number | null, number[]]>([
    ["a fast line", 20_000_000, [360, 720, 1080]],
    ["a line that just bears it", 6_000_000, [360, 720, 1080]],
    ["a line that does not", 5_500_000, [180, 360, 720]],
    ["a slow line, since the browser leaves out what does not fit", 700_000, [180, 360, 720]],
    ["a line that nobody measured", null, [180, 360, 720]],
  ])("%s", (_, upload, expected) => {
    expect(heights(upload)).toEqual(expected);
  });

  it("never has more lines than the operator allows", () => {
    expect(heights(20_000_000, { ...caps, heightMost: 720 })).toEqual([180, 360, 720]);
    expect(heights(20_000_000, { ...caps, heightMost: 1000 })).toEqual([180, 360, 720]);
    expect(heights(20_000_000, { ...caps, heightMost: 360 })).toEqual([180, 360]);
    expect(heights(20_000_000, { ...caps, heightMost: 180 })).toEqual([180]);
  });

  it.each([4_500_000, 3_000_000, 2_000_000, 1_000_000, 500_000, 250_000])("fits into %i bit/s, sound and all", (bitrateMost) => {
    const plan = planCamera(20_000_000, { ...caps, bitrateMost });
    expect(totalOf(plan) + SOUND_BPS).toBeLessThanOrEqual(bitrateMost);
    expect(Math.min(...plan.map((layer) => layer.bitrate))).toBeGreaterThan(0);
  });

  it("is a smaller picture rather than one that is starved", () => {
    expect(heightOf(planCamera(20_000_000, { ...caps, bitrateMost: 2_000_000 }))).toBe(720);
    expect(heightOf(planCamera(20_000_000, { ...caps, bitrateMost: 1_000_000 }))).toBe(540);
  });

  it("follows a camera that has fewer lines than it was asked for", () => {
    const plan = planCamera(20_000_000, caps);
    expect(heightOf(planFor(plan, 1080, caps))).toBe(1080);
    expect(heightOf(planFor(plan, 720, caps))).toBe(720);
    expect(heightOf(planFor(plan, 480, caps))).toBe(540);
    expect(heightOf(planFor(plan, 240, caps))).toBe(180);
  });
});

it("shares the cap between a screen, with its halved size, and the camera", () => {
  for (const bitrateMost of [4_500_000, 2_000_000, 500_000]) {
    const { screen, cameraBps } = planScreen({ ...caps, bitrateMost });
    expect(screen.bitrate * 1.25 + cameraBps + SOUND_BPS).toBeLessThanOrEqual(bitrateMost);
    expect(cameraBps).toBeGreaterThan(0);
  }
});
