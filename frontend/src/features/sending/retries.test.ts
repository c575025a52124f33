import { beforeEach, expect, it, vi } from "vitest";
import { ApiError } from "../../api/client";
import { MediaAway } from "./pass";
import { Retries } from "./retries";

let retries: Retries;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  retries = new Retries(() => 0);
});

const inAMinute = (error: unknown): number => {
  let passed = 0;
  let asked = 1;
  for (;;) {
    passed += retries.after(error);
    if (passed > 60_000) return asked;
    asked += 1;
  }
};

it("asks a server that answers so seldom that a pass is left when it is well again", () => {
  expect(inAMinute(new MediaAway())).toBeLessThan(10);
});

it("asks more often where nobody hears it", () => {
  expect(inAMinute(new ApiError({ code: "offline", status: 0 }))).toBeGreaterThan(15);
});

it("waits as long as the server asks, whatever encourages it", () => {
  const limited = new ApiError({ code: "rate_limited", status: 429, retryAfter: 40 });
  expect(retries.after(limited)).toBe(40_000);
  retries.encourage();
  expect(retries.mayAsk).toBe(false);
  vi.advanceTimersByTime(40_000);
  expect(retries.mayAsk).toBe(true);
});

it("begins small again when it is encouraged, and after what worked", () => {
  for (let i = 0; i < 5; i += 1) retries.after(new Error("no"));
  retries.encourage();
  expect(retries.after(new Error("no"))).toBe(500);
  retries.after(new Error("no"));
  retries.reset();
  expect(retries.after(new Error("no"))).toBe(500);
});
