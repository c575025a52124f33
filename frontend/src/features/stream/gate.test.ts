// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ServerEvent } from "../../realtime/events.gen";
import type { RoomParts } from "../../realtime/socket";
import type { Gate } from "./gate";
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
const GATE: Gate = {
  price: { amount: 300, currency: "usd", coins: null, pay_what_you_want: false },
  has_ticket: false,
  is_looking_in: false,
  is_signed_in: true,
  preview_seconds_left: 60,
  now: "2026-01-01T00:00:00Z",
  url: "/stream/s1/ticket",
};
const NOW = Date.parse("2026-01-01T00:00:00Z");

let parts: RoomParts<ServerEvent>;
let calls: string[];
let socket: string[];
let answers: Record<string, { status: number; body: unknown }>;

function joins(previewEndsAt: string | null): void {
  const admission = { preview_ends_at: previewEndsAt };
  answers["/join"] = { status: 200, body: { ws_url: "/ws/1", session_id: "v", hidden_people: [], playback: { kind: "hls", url: "/hls/1" }, admission } };
}
function refuses(path: string, status: number, code: string, details: object = {}): void {
  answers[path] = { status, body: { code, details } };
}

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  calls = [];
  socket = [];
  answers = {};
  joins(null);
  vi.stubGlobal("fetch", (url: string) => {
    const path = url.replace("/api/streams/s1", "");
    calls.push(path);
    const { status, body } = answers[path] ?? { status: 404, body: { code: "not_found", details: {} } };
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  });
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function visit(gate: Partial<Gate> = {}): Visit {
  const made = new Visit(FACTS, {
    gate: { ...GATE, ...gate },
    makeSocket: (given) => {
      parts = given;
      return { start: () => socket.push("start"), stop: (why) => socket.push(`stop ${why}`), retryNow: () => undefined, send: () => true };
    },
  });
  made.enter();
  return made;
}

const NONE = { status: 200, body: { ticket: null } };
const join = (): Promise<unknown> => parts.join().catch((error: unknown) => parts.refusal(error));

test("nobody without a ticket knocks before they choose to look in", async () => {
  const shown = visit();
  expect([socket, shown.refused.value]).toEqual([[], { code: "ticket_required", help: "buy_ticket", previewSecondsLeft: 60 }]);
  await shown.renewPlayback();
  expect(calls).toEqual([]);
  shown.lookIn();
  expect([socket, shown.refused.value]).toEqual([["start"], null]);
});

test("with a ticket one comes in as anywhere", async () => {
  const shown = visit({ has_ticket: true });
  await join();
  expect([socket, shown.refused.value, shown.previewEndsAt.value]).toEqual([["start"], null, null]);
});

test("the countdown begins with what was promised, and never goes below nothing", async () => {
  const slow = visit({ now: "2025-12-31T23:59:58.600Z" });
  slow.lookIn();
  joins("2026-01-01T00:01:00Z");
  await join();
  expect([0, 2_000, 61_000, 90_000].map((later) => slow.previewSecondsLeft(NOW + later))).toEqual([60, 60, 1, 0]);
  await vi.advanceTimersByTimeAsync(61_400);
});

test("a preview ends by itself: no picture, no room, and nothing is asked for again", async () => {
  const shown = visit();
  shown.lookIn();
  joins("2026-01-01T00:01:00Z");
  await join();
  expect([shown.previewEndsAt.value, shown.playback.value?.url]).toEqual([NOW + 60_000, "/hls/1"]);
  await vi.advanceTimersByTimeAsync(59_900);
  expect(shown.refused.value).toBeNull();
  await vi.advanceTimersByTimeAsync(200);
  expect(shown.refused.value).toEqual({ code: "ticket_required", help: "buy_ticket", previewSecondsLeft: 0 });
  expect([shown.playback.value, shown.previewEndsAt.value, socket.at(-1)]).toEqual([null, null, "stop forbidden"]);
  calls = [];
  await shown.renewPlayback();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(calls).toEqual([]);
});

test("a clock that is wrong does not change how long one may look", async () => {
  vi.setSystemTime(NOW + 3_600_000);
  const shown = visit({ is_looking_in: true });
  joins("2026-01-01T00:01:00Z");
  await join();
  await vi.advanceTimersByTimeAsync(59_000);
  expect(shown.refused.value).toBeNull();
  await vi.advanceTimersByTimeAsync(2000);
  expect(shown.refused.value?.code).toBe("ticket_required");
});

test("who buys a ticket while looking in goes on without a break", async () => {
  const shown = visit({ is_looking_in: true });
  joins("2026-01-01T00:01:00Z");
  await join();
  answers["/ticket"] = { status: 200, body: { ticket: { elsewhere: false } } };
  await vi.advanceTimersByTimeAsync(61_000);
  expect([shown.previewEndsAt.value, shown.refused.value, shown.playback.value?.url]).toEqual([null, null, "/hls/1"]);
});

test("whose ticket is gone meanwhile does not begin a preview by reconnecting, or by asking for pictures", async () => {
  const shown = visit({ has_ticket: true });
  answers["/ticket"] = NONE;
  await join();
  expect(await join()).toBe("forbidden");
  expect([shown.refused.value?.code, calls]).toEqual(["ticket_required", ["/join", "/ticket"]]);
  const other = visit({ has_ticket: true });
  await join();
  calls = [];
  await other.renewPlayback();
  expect([other.refused.value?.code, calls]).toEqual(["ticket_required", ["/ticket"]]);
});

test("before the gate the page sees by itself that the stream begins, and that it is over", async () => {
  const shown = visit();
  answers[""] = { status: 200, body: { status: "live", paused: true, started_at: "2026-01-01T00:00:00Z" } };
  await shown.askStage();
  expect(shown.stage.value).toBe("paused");
  answers[""] = { status: 200, body: { status: "ended", paused: false, started_at: null } };
  await shown.askStage();
  expect(shown.isOver.value).toBe(true);
});

test("of somebody without an account no ticket is asked for", async () => {
  const shown = visit({ is_looking_in: true, is_signed_in: false });
  joins("2026-01-01T00:01:00Z");
  await join();
  await vi.advanceTimersByTimeAsync(61_000);
  expect([calls, shown.refused.value?.code]).toEqual([["/join"], "ticket_required"]);
});

test("who asks for pictures without a ticket is told what is left of the preview, and asks once", async () => {
  const shown = visit({ has_ticket: true });
  answers["/ticket"] = { status: 200, body: { ticket: { elsewhere: false } } };
  refuses("/token", 402, "ticket_required", { help: "buy_ticket", preview_seconds_left: 12 });
  await shown.renewPlayback();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([calls, shown.refused.value?.previewSecondsLeft]).toEqual([["/ticket", "/token"], 12]);
});

test("a ticket in use elsewhere can be taken over", async () => {
  const shown = visit({ has_ticket: true });
  refuses("/join", 409, "ticket_elsewhere", { help: "take_over" });
  expect(await join()).toBe("forbidden");
  expect(shown.refused.value).toEqual({ code: "ticket_elsewhere", help: "take_over" });
  answers["/ticket/take-over"] = { status: 200, body: {} };
  await shown.takeOver();
  expect([calls.at(-1), socket.at(-1), shown.refused.value]).toEqual(["/ticket/take-over", "start", null]);
});

test.each([
  ["a ticket that is void", { ticket: null }, "ticket_required"],
  ["another device", { ticket: { elsewhere: true } }, "ticket_elsewhere"],
])("whoever is put out of the room is told why: %s", async (_why, body, code) => {
  const shown = visit({ has_ticket: true });
  await join();
  answers["/ticket"] = { status: 200, body };
  parts.onStatus({ kind: "stopped", why: "forbidden" });
  await vi.advanceTimersByTimeAsync(0);
  expect([shown.refused.value?.code, shown.playback.value, calls]).toEqual([code, null, ["/join", "/ticket"]]);
});

test("a ticket that was bought in another tab is found, and none is said to be none", async () => {
  const shown = visit();
  answers["/ticket"] = NONE;
  await expect(shown.showTicket()).rejects.toThrow("no_ticket");
  expect(socket).toEqual([]);
  answers["/ticket"] = { status: 200, body: { ticket: { elsewhere: false } } };
  await shown.showTicket();
  expect([socket, shown.refused.value]).toEqual([["start"], null]);
});
