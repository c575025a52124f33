import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../../api/client";
import type { Playback } from "../../api/types";
import { Source } from "./source";

interface Reply {
  status: number;
  body: unknown;
  retryAfter?: number;
}

let asked: string[];
let reply: Reply;
let source: Source;
let random: number;

function room(token: string): Playback {
  return { kind: "webrtc", url: "wss://media.example", token, identity: `viewer-${token}`, kinds: ["webrtc", "hls"] };
}
const PLAYLIST: Playback = { kind: "hls", url: "/hls/1", token: null, identity: null, kinds: ["webrtc", "hls"] };

function answers(playback: Playback | null): void {
  reply = { status: 200, body: { playback } };
}
function fails(status: number, code: string, retryAfter?: number): void {
  reply = { status, body: { code, details: {} }, ...(retryAfter === undefined ? {} : { retryAfter }) };
}

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  random = 0.5;
  answers(room("two"));
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url.replace("/api/streams/s1/token", ""));
    const headers = reply.retryAfter === undefined ? {} : { "Retry-After": String(reply.retryAfter) };
    return Promise.resolve(new Response(JSON.stringify(reply.body), { status: reply.status, headers }));
  });
  source = new Source(
    "s1",
    (error) => error instanceof ApiError && [401, 403, 404, 410].includes(error.status),
    () => random,
  );
});

afterEach(() => {
  source.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const token = (): string | null | undefined => source.playback.value?.token;

test("the place in use stays in use when a join brings another", () => {
  source.offer(room("one"));
  source.offer(room("two"));
  expect(token()).toBe("one");
});

test("a join takes no second place for a page that watches already", () => {
  expect(source.joinFacts).toEqual({});
  source.offer(room("one"));
  expect(source.joinFacts).toEqual({ watches_already: true });
  source.spend();
  expect(source.joinFacts).toEqual({ leaving: "viewer-one" });
});

test("who used up a token names it when asking for the next, and only then", async () => {
  source.offer(room("one"));
  expect(source.facts).toEqual({});
  source.spend();
  expect(source.playback.value).toBeNull();
  expect(source.facts).toEqual({ leaving: "viewer-one" });
  await source.renew();
  expect([token(), asked]).toEqual(["two", ["?leaving=viewer-one"]]);
  expect(source.facts).toEqual({});
});

test("a playlist's address is not used up", () => {
  source.offer(PLAYLIST);
  source.spend();
  expect(source.playback.value).toBe(PLAYLIST);
});

test("a join may bring the next place as well", () => {
  source.offer(room("one"));
  source.spend();
  source.offer(room("two"));
  expect([token(), source.facts]).toEqual(["two", {}]);
});

test("no free place is a state, and is asked about again when the server says", async () => {
  fails(503, "media_full", 3);
  await source.renew();
  expect(source.trouble.value).toBe("media_full");
  await vi.advanceTimersByTimeAsync(2900);
  expect(asked.length).toBe(1);
  answers(room("two"));
  await vi.advanceTimersByTimeAsync(200);
  expect([asked.length, token(), source.trouble.value]).toEqual([2, "two", null]);
});

test("who is offline asks ever more patiently, and at once when told that it is a good moment", async () => {
  fails(500, "server_error");
  await source.renew();
  await vi.advanceTimersByTimeAsync(20_000);
  const patient = asked.length;
  expect(patient).toBeLessThan(10);
  expect(source.trouble.value).toBeNull();
  source.retryNow();
  expect(asked.length).toBe(patient + 1);
  await vi.advanceTimersByTimeAsync(0);
});

test("a refusal is not asked about again", async () => {
  fails(403, "forbidden");
  await source.renew();
  await vi.advanceTimersByTimeAsync(60_000);
  source.retryNow();
  expect(asked.length).toBe(1);
});

test("while the media server is away nobody asks, and when it is back everybody does at another moment", async () => {
  source.offer(room("one"));
  source.away();
  expect(source.trouble.value).toBe("media_away");
  source.spend();
  await source.renew();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).toEqual([]);
  source.back();
  expect(source.trouble.value).toBeNull();
  await vi.advanceTimersByTimeAsync(740);
  expect(asked).toEqual([]);
  await vi.advanceTimersByTimeAsync(20);
  expect(token()).toBe("two");
});

test("who missed that the media server is back finds out all the same, without hurry", async () => {
  source.away();
  fails(500, "server_error");
  await source.renew();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked.length).toBeLessThan(5);
  expect(source.trouble.value).toBe("media_away");
  answers(room("two"));
  await vi.advanceTimersByTimeAsync(15_000);
  expect([token(), source.trouble.value]).toEqual(["two", "media_away"]);
  source.works();
  expect(source.trouble.value).toBeNull();
});

test("who still has pictures when the media server is back keeps them", async () => {
  source.offer(room("one"));
  source.away();
  source.back();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([asked, token()]).toEqual([[], "one"]);
});

test("the other way of watching takes the place of this one, and stays chosen", async () => {
  source.offer(room("one"));
  answers(PLAYLIST);
  await source.choose("hls");
  expect(asked).toEqual(["?kind=hls&leaving=viewer-one"]);
  expect([source.playback.value?.kind, source.facts]).toEqual(["hls", { kind: "hls" }]);
});

test("a way that cannot be had leaves all as it was", async () => {
  source.offer(PLAYLIST);
  fails(503, "media_full", 3);
  await expect(source.choose("webrtc")).rejects.toThrow("media_full");
  expect([source.playback.value, source.trouble.value, source.facts]).toEqual([PLAYLIST, null, {}]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked.length).toBe(1);
});

test("pictures that have stopped for long may have moved to the other way, and only that is taken", async () => {
  source.offer(PLAYLIST);
  answers({ ...PLAYLIST, url: "/hls/2" });
  await source.recheck();
  expect(source.playback.value).toBe(PLAYLIST);
  fails(500, "server_error");
  await source.recheck();
  expect(source.playback.value).toBe(PLAYLIST);
  answers(room("two"));
  await source.recheck();
  expect(token()).toBe("two");
});
