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

describe("what the viewer sees while the room is there and the pictures are not", () => {
  const away = { ...AROUND, trouble: "media_away" } as const;
  const full = { ...AROUND, trouble: "media_full" } as const;

  test("the media server's absence covers no picture that still moves", () => {
    expect(phaseOf("live", "playing", away)).toBe("playing");
    expect(phaseOf("live", "stalled", away)).toBe("unreachable");
    expect(phaseOf("paused", "stalled", away)).toBe("unreachable");
  });

  test("nor does somebody watch a slate who pressed pause", () => {
    expect(phaseOf("live", "paused", full)).toBe("paused");
  });

  test("a full room says so, once the broadcaster is there", () => {
    expect(phaseOf("live", "loading", full)).toBe("full");
    expect(phaseOf("paused", "loading", full)).toBe("away");
  });

  test("a camera that is off is dark, however its sound plays", () => {
    expect(phaseOf("live", "playing", { ...AROUND, isDark: true })).toBe("dark");
    expect(phaseOf("paused", "playing", { ...AROUND, isDark: true })).toBe("away");
  });
});

describe("what is done about a problem", () => {
  test("a lost room is asked for again at once, and then at a random moment that moves away", () => {
    expect(remedyFor("lost", 0, 1)).toEqual({ do: "renew", afterMs: 0 });
    expect(remedyFor("lost", 1, 1)).toEqual({ do: "renew", afterMs: 1000 });
    expect(remedyFor("lost", 9, 0.5)).toEqual({ do: "renew", afterMs: 5000 });
  });

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
