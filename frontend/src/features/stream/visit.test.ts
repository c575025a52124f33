// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ServerEvent } from "../../realtime/events.gen";
import type { RoomParts } from "../../realtime/socket";
import { Visit, type StreamFacts } from "./visit";

const FACTS: StreamFacts = {
  id: "s1",
  title: "Cello",
  status: "live",
  paused: false,
  scheduled_at: null,
  started_at: "2026-01-01T00:00:00Z",
  duration_seconds: null,
  end_reason: "",
  viewers: { current: 3, peak: 3, total: 3 },
  creator: { id: "u1", username: "alice", display_name: "Alice", avatar_url: null },
};

interface Answer {
  status: number;
  body: unknown;
}

let parts: RoomParts<ServerEvent>;
let calls: string[];
let bodies: unknown[];
let socket: string[];
let answers: Record<string, Answer>;

beforeEach(() => {
  calls = [];
  bodies = [];
  socket = [];
  answers = {
    "/api/streams/s1/join": { status: 200, body: { ws_url: "/ws/1", session_id: "v", hidden_people: [], playback: { kind: "hls", url: "/hls/1" } } },
    "/api/streams/s1/token": { status: 200, body: { playback: { kind: "hls", url: "/hls/2" } } },
  };
  vi.stubGlobal("fetch", (url: string, { body }: RequestInit) => {
    calls.push(url);
    if (typeof body === "string") bodies.push(JSON.parse(body));
    const answer = answers[url] ?? { status: 404, body: { code: "not_found", details: {} } };
    return Promise.resolve(new Response(JSON.stringify(answer.body), { status: answer.status }));
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

function visit(over: Partial<StreamFacts> = {}, as?: "studio"): Visit {
  return new Visit(
    { ...FACTS, ...over },
    {
      ...(as ? { as } : {}),
      makeSocket: (given) => {
        parts = given;
        return {
          start: () => socket.push("start"),
          stop: () => socket.push("stop"),
          retryNow: () => undefined,
          send: () => true,
        };
      },
    },
  );
}

function welcome(status: string, paused = false): Parameters<typeof parts.onWelcome>[0] {
  return {
    type: "room:welcome",
    seq: 1,
    viewers: 8,
    heartbeat_seconds: 10,
    you: { name: null, role: "viewer", can_chat: false, can_chat_reason: "not_signed_in" },
    history: [],
    state: { status, live: status === "live", paused, pins: [], modes: { emote_only: false, shield: false } },
  };
}

async function refusedJoin(status: number, body: object): Promise<ReturnType<typeof parts.refusal>> {
  answers["/api/streams/s1/join"] = { status, body };
  return parts.join().then(
    () => null,
    (error: unknown) => parts.refusal(error),
  );
}

test("islands share one socket, from the first that enters to the last that leaves", () => {
  const shared = visit();
  const leaveFirst = shared.enter();
  const leaveSecond = shared.enter();
  leaveFirst();
  leaveFirst();
  expect(socket).toEqual(["start"]);
  leaveSecond();
  expect(socket).toEqual(["start", "stop"]);
});

test("a stream that is over is not entered", () => {
  visit({ status: "ended" }).enter();
  expect(socket).toEqual([]);
});

test("the address in use stays in use over reconnects", async () => {
  const shared = visit();
  await parts.join();
  answers["/api/streams/s1/join"] = { status: 200, body: { ws_url: "/ws/2", session_id: "v", hidden_people: [], playback: { kind: "hls", url: "/hls/9" } } };
  expect(await parts.join()).toBe("/ws/2");
  expect(shared.playback.value?.url).toBe("/hls/1");
  await shared.renewPlayback();
  expect(shared.playback.value?.url).toBe("/hls/2");
});

test("a page that only lost its room takes no second place to watch", async () => {
  visit();
  await parts.join();
  await parts.join();
  expect(bodies).toEqual([{ referrer: "" }, { referrer: "", watches_already: true }]);
});

test("the media server's ups and downs are told by the room", () => {
  const shared = visit();
  parts.onEvent({ type: "stage:away" });
  expect(shared.source.trouble.value).toBe("media_away");
  parts.onEvent({ type: "stage:back" });
  expect([shared.source.trouble.value, shared.source.returns.value]).toEqual([null, 1]);
  parts.onEvent({ type: "stage:away" });
  parts.onWelcome(welcome("live"), true);
  expect(shared.source.trouble.value).toBeNull();
  shared.source.stop();
});

test("a stream that is gone when pictures are asked for is gone for the page", async () => {
  const shared = visit();
  answers["/api/streams/s1/token"] = { status: 404, body: { code: "not_found", details: {} } };
  await shared.renewPlayback();
  expect(shared.refused.value).toEqual({ code: "gone", help: null });
});

test("the studio's socket is no viewer", async () => {
  visit({}, "studio");
  await parts.join().catch(() => undefined);
  expect(calls).toEqual(["/api/streams/s1/join?as=studio"]);
});

test("when a planned stream starts, the page asks where to watch", async () => {
  const shared = visit({ status: "scheduled", started_at: null });
  parts.onEvent({ type: "stream:started", started_at: "2026-01-01T01:00:00Z" });
  await vi.waitFor(() => expect(shared.playback.value?.url).toBe("/hls/2"));
  expect(shared.stage.value).toBe("live");
  expect(shared.startedAt.value).toBe("2026-01-01T01:00:00Z");
});

test("the room's words move the page", () => {
  const shared = visit();
  parts.onEvent({ type: "viewer:count", viewers: 41 });
  parts.onEvent({ type: "stream:updated", title: "Viola", description: "", tags: [] });
  parts.onEvent({ type: "stream:paused" });
  expect([shared.viewers.value, shared.title.value, shared.stage.value]).toEqual([41, "Viola", "paused"]);
  parts.onEvent({ type: "stream:resumed" });
  expect(shared.stage.value).toBe("live");
});

test("what a page missed while it was away is in the welcome", () => {
  const shared = visit();
  parts.onWelcome(welcome("live", true), true);
  expect([shared.viewers.value, shared.stage.value]).toEqual([8, "paused"]);
  parts.onWelcome(welcome("ended"), true);
  expect(shared.isOver.value).toBe(true);
});

test("the end closes the line and the chat, once and for all", () => {
  const shared = visit();
  shared.enter();
  parts.onEvent({ type: "stream:ended", reason: "creator", duration_seconds: 75 });
  parts.onStatus({ kind: "stopped", why: "ended" });
  expect(shared.isOver.value).toBe(true);
  expect(shared.durationSeconds.value).toBe(75);
  expect(shared.endReason.value).toBe("creator");
  expect(shared.chat.isOpen.value).toBe(false);
  expect(shared.refused.value).toBeNull();
  expect(socket).toContain("stop");
});

test("a door that is closed to us says why, and can be knocked at again", async () => {
  const shared = visit();
  expect(await refusedJoin(403, { code: "followers_only", details: { help: "follow" } })).toBe("forbidden");
  expect(shared.refused.value).toEqual({ code: "followers_only", help: "follow" });
  shared.knock();
  expect(shared.refused.value).toBeNull();
  expect(socket).toEqual(["start"]);
});

test("a stream that ended meanwhile is over, not refused", async () => {
  const shared = visit();
  expect(await refusedJoin(410, { code: "stream_ended", details: {} })).toBe("ended");
  expect(shared.isOver.value).toBe(true);
  expect(shared.refused.value).toBeNull();
});

test("trouble that may pass is no refusal", async () => {
  visit();
  expect(await refusedJoin(503, { code: "busy", details: {} })).toBeNull();
  expect(await refusedJoin(429, { code: "rate_limited", details: { retry_after_seconds: 4 } })).toBeNull();
});

test("the studio hears of the media server, and asks for no place to watch", async () => {
  vi.useFakeTimers();
  const studio = visit({}, "studio");
  parts.onEvent({ type: "stage:away" });
  expect(studio.source.trouble.value).toBe("media_away");
  parts.onEvent({ type: "stage:back" });
  expect(studio.source.trouble.value).toBeNull();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(calls).toEqual([]);
  vi.useRealTimers();
});
