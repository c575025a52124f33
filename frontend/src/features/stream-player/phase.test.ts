import { describe, expect, test } from "vitest";
import { phaseOf, problemOf, remedyFor, type Media } from "./phase";

const AROUND = { isRefused: false, trouble: null, isDark: false };

describe("what the viewer sees", () => {
  test.each<[Media, string]>([
    ["idle", "loading"],
    ["loading", "loading"],
    ["playing", "playing"],
    ["paused", "paused"],
    ["stalled", "stalled"],
    ["failed", "failed"],
  ])("while live and %s: %s", (media, phase) => {
    expect(phaseOf("live", media, AROUND)).toBe(phase);
  });

  test("what is buffered plays out before the slate comes", () => {
    expect(phaseOf("paused", "playing", AROUND)).toBe("playing");
    expect(phaseOf("paused", "stalled", AROUND)).toBe("away");
    expect(phaseOf("paused", "loading", AROUND)).toBe("away");
  });

  test("the end outweighs everything, a refusal everything but the end", () => {
    expect(phaseOf("ended", "playing", { ...AROUND, isRefused: true })).toBe("ended");
    expect(phaseOf("live", "playing", { ...AROUND, isRefused: true })).toBe("refused");
    expect(phaseOf("scheduled", "idle", AROUND)).toBe("scheduled");
  });
});

describe("what is done about a problem", () => {
  test("a refused address is renewed at once, then ever more patiently", () => {
    expect([0, 1, 2, 9].map((attempt) => remedyFor("refused", attempt))).toEqual([
      { do: "renew", afterMs: 0 },
      { do: "renew", afterMs: 2000 },
      { do: "renew", afterMs: 4000 },
      { do: "renew", afterMs: 30_000 },
    ]);
  });

  test("a missing playlist is asked for again for ever, at most every five seconds", () => {
    expect(remedyFor("missing", 0)).toEqual({ do: "reload", afterMs: 700 });
    expect(remedyFor("network", 50)).toEqual({ do: "reload", afterMs: 5000 });
  });

  test("only broken media is given up", () => {
    expect(remedyFor("media", 0)).toEqual({ do: "restart", afterMs: 0 });
    expect(remedyFor("media", 5)).toEqual({ do: "give-up" });
  });

  test.each([
    [403, "refused"],
    [410, "refused"],
    [404, "missing"],
    [503, "network"],
    [0, "network"],
  ])("status %i means %s", (status, problem) => {
    expect(problemOf(status)).toBe(problem);
  });
});
