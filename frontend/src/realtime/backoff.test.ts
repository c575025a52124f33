import { expect, test } from "vitest";
import { backoffMs } from "./backoff";

test("doubles up to ten seconds, and chance takes any part of it", () => {
  expect([0, 1, 2, 10].map((attempt) => backoffMs(attempt, 1))).toEqual([500, 1000, 2000, 10_000]);
  expect(backoffMs(10, 0)).toBe(0);
});
