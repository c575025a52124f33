import { beforeEach, expect, test } from "vitest";
import { type ChatMe, outranks, Standing } from "./standing";

const NOW = Date.parse("2026-01-01T12:00:00Z");
const iso = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();
const FREE: ChatMe = {
  can_chat: true,
  reason: null,
  until: null,
  caution: null,
  rank: "nobody",
  moderates: false,
  slow_until: null,
  followers_until: null,
};
const OFF = { slow_seconds: null, followers_minutes: null, emote_only: false, shield: false };

let now: number;
let serverAhead: number;
let asked: number;
let answer: ChatMe | null;
let standing: Standing;

beforeEach(() => {
  [now, serverAhead, asked, answer] = [NOW, 0, 0, FREE];
  standing = new Standing({
    ask: () => {
      asked += 1;
      return Promise.resolve(answer === null ? null : { me: answer, at: now + serverAhead });
    },
    now: () => now,
  });
});

test("the gravest reason is shown, and each ends at its time", () => {
  const caution = { id: "w1", reason: "Mind your words" };
  standing.take({ can_chat: false, reason: "timed_out", until: iso(60), caution, slow_until: iso(90) });
  expect(standing.hold(now)).toEqual({ is: "timed_out", until: NOW + 60_000 });
  expect(standing.hold(NOW + 60_000)).toEqual({ is: "cautioned", caution });
  standing.take({ can_chat: true, reason: null, caution: null });
  expect(standing.hold(NOW + 60_000)).toEqual({ is: "slow", until: NOW + 90_000 });
  expect(standing.hold(NOW + 90_000)).toBeNull();
  standing.take({ can_chat: false, reason: "banned" });
  expect(standing.hold(NOW + 90_000)).toEqual({ is: "banned" });
});

test("a countdown is right on a device whose clock is wrong", async () => {
  serverAhead = 3_600_000;
  answer = { ...FREE, can_chat: false, reason: "timed_out", until: iso(3600 + 300) };
  await standing.refresh();
  expect(standing.hold(now)).toEqual({ is: "timed_out", until: NOW + 300_000 });
  // A refusal counts from now, whatever the clocks show.
  standing.refused("timed_out", { retry_after_seconds: 20 });
  expect(standing.hold(now)).toEqual({ is: "timed_out", until: NOW + 20_000 });
});

test("after each line one waits in slow mode, but neither the team nor its VIPs", () => {
  standing.changed({ ...OFF, slow_seconds: 30 });
  standing.said();
  expect(standing.hold(now)).toEqual({ is: "slow", until: NOW + 30_000 });
  standing.changed(OFF);
  expect(standing.hold(now)).toBeNull();
  // It counts from the last line, also where it is switched on after that.
  now += 10_000;
  standing.changed({ ...OFF, slow_seconds: 30 });
  expect(standing.hold(now)).toEqual({ is: "slow", until: NOW + 30_000 });
  for (const rank of ["vip", "moderator", "lead", "owner", "staff"] as const) {
    standing.take({ ...FREE, rank });
    standing.said();
    expect(standing.hold(now)).toBeNull();
  }
});

test("followers-only: whoever follows waits until it is long enough, whoever does not is asked to", () => {
  standing.changed({ ...OFF, followers_minutes: 10 });
  standing.refused("followers_mode", { minutes: 10, follows_since: null });
  expect(standing.hold(now)).toEqual({ is: "followers", minutes: 10, until: null });
  standing.refused("followers_mode", { minutes: 10, follows_since: iso(-240) });
  expect(standing.hold(now)).toEqual({ is: "followers", minutes: 10, until: NOW + 360_000 });
  expect(standing.hold(NOW + 360_000)).toBeNull();
  standing.take({ can_chat: false, reason: "followers_mode", until: iso(30) });
  expect(standing.hold(now)).toEqual({ is: "followers", minutes: 10, until: NOW + 30_000 });
  standing.changed(OFF);
  expect(standing.hold(now)).toBeNull();
});

test("a mode that was switched is asked about by those who want to write, once", async () => {
  await standing.refresh();
  standing.changed({ ...OFF, followers_minutes: 10 });
  expect(asked).toBe(1);
  await standing.touch();
  await standing.touch();
  expect(asked).toBe(2);
});

test("what did not get an answer is asked again when somebody wants to write", async () => {
  answer = null;
  await standing.refresh();
  answer = { ...FREE, rank: "moderator" };
  await standing.touch();
  expect(standing.rank).toBe("moderator");
});

test("nobody stands above their own rank", () => {
  expect(outranks("moderator", "vip")).toBe(true);
  expect(outranks("moderator", "moderator")).toBe(false);
  expect(outranks("lead", "owner")).toBe(false);
});
