import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { StallWatch } from "./stalls";

let frames: number;
let mayRest: boolean;
let element: typeof camera;
let isWatched: boolean;
let told: boolean[];
let watch: StallWatch;

const camera = { getVideoPlaybackQuality: () => ({ totalVideoFrames: frames }) as VideoPlaybackQuality };

beforeEach(() => {
  vi.useFakeTimers();
  [frames, mayRest, isWatched, element, told] = [0, false, true, camera, []];
  watch = new StallWatch(
    () => (isWatched ? { element, mayRest } : null),
    (stalls) => told.push(stalls),
  );
});

afterEach(() => {
  watch.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function moveFor(milliseconds: number): void {
  for (let left = milliseconds; left > 0; left -= 250) {
    frames += 5;
    vi.advanceTimersByTime(250);
  }
}

test("the first frame ends the waiting, and two seconds without one begin it", () => {
  vi.advanceTimersByTime(5000);
  expect(told).toEqual([]);
  moveFor(500);
  expect(told).toEqual([false]);
  vi.advanceTimersByTime(1750);
  expect(told).toEqual([false]);
  vi.advanceTimersByTime(250);
  expect(told).toEqual([false, true]);
  moveFor(250);
  expect(told).toEqual([false, true, false]);
});

test("a shared screen may stand still", () => {
  moveFor(500);
  mayRest = true;
  vi.advanceTimersByTime(60_000);
  expect(told).toEqual([false]);
});

test("nobody misses frames of what nobody looks at", () => {
  moveFor(500);
  isWatched = false;
  vi.advanceTimersByTime(60_000);
  isWatched = true;
  vi.advanceTimersByTime(1000);
  expect(told).toEqual([false]);
});

test("another picture has two seconds of its own", () => {
  moveFor(500);
  vi.advanceTimersByTime(1750);
  element = { ...camera };
  vi.advanceTimersByTime(2000);
  expect(told).toEqual([false]);
  vi.advanceTimersByTime(250);
  expect(told).toEqual([false, true]);
});
