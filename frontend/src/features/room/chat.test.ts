import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ServerEvent } from "../../realtime/events.gen";
import { Chat, lengthOf, MESSAGE_MOST } from "./chat";
import type { Message } from "./log";

type Welcome = Extract<ServerEvent, { type: "room:welcome" }>;

let sent: { type: string; client_id: string; text: string }[];
let isConnected: boolean;
let timers: (() => void)[];
let chat: Chat;
let pages: Record<string, { next: string | null; results: Message[] }>;

beforeEach(() => {
  sent = [];
  timers = [];
  pages = {};
  isConnected = true;
  let ids = 0;
  chat = new Chat(
    "s1",
    (command) => {
      if (isConnected) sent.push(command as (typeof sent)[number]);
      return isConnected;
    },
    {
      nextFrame: (act) => act(),
      setTimeout: (act) => timers.push(act),
      newId: () => `c${++ids}`,
      standing: { ask: () => Promise.resolve(null), now: () => Date.now() },
    },
  );
  vi.stubGlobal("fetch", (url: string) => {
    const page = pages[url];
    return Promise.resolve(page ? new Response(JSON.stringify(page)) : new Response("", { status: 503 }));
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

function message(seq: number, over: Partial<Message> = {}): Extract<ServerEvent, { type: "chat:message" }> {
  const user = { id: "u1", name: "Bob", role: "viewer" };
  const at = "2026-01-01T00:00:00Z";
  return { type: "chat:message", seq, id: `m${seq}`, client_id: null, kind: "chat", user, text: "hi", at, ...over };
}

function welcome(history: ServerEvent[], over: Partial<Welcome["you"]> = {}): Welcome {
  return {
    type: "room:welcome",
    seq: 9,
    viewers: 1,
    heartbeat_seconds: 10,
    you: { name: "Bob", role: "viewer", can_chat: true, can_chat_reason: null, ...over },
    history,
    state: { status: "live", live: true, paused: false, pins: [], modes: { emote_only: false, shield: false } },
  };
}

const keys = (): string[] => chat.log.rows.value.map((row) => row.key);
const ownStates = (): string[] => chat.log.ownRows().map((row) => row.state.is);

test("what one sends shows at once, and becomes the message when it comes", () => {
  expect(chat.send("  hello  ")).toBe(true);
  expect(sent).toEqual([{ type: "chat:send", client_id: "c1", text: "hello" }]);
  expect(ownStates()).toEqual(["sending"]);
  chat.handle({ type: "chat:ack", client_id: "c1", id: "m4", seq: 4 });
  expect(ownStates()).toEqual(["accepted"]);
  chat.handle(message(4, { client_id: "c1" }));
  expect(keys()).toEqual(["m4"]);
});

test("nothing and too much are not sent; characters count as people count them", () => {
  expect(chat.send("   ")).toBe(false);
  expect(chat.send("a".repeat(MESSAGE_MOST + 1))).toBe(false);
  expect(chat.send("😀".repeat(MESSAGE_MOST))).toBe(true);
  expect(lengthOf("😀é")).toBe(2);
});

test("a refusal stays with its line, which can be sent again under the same id", () => {
  chat.send("hello");
  chat.handle({ type: "error", code: "rate_limited", details: { retry_after_seconds: 7 }, client_id: "c1" });
  expect(chat.log.ownRows()[0]?.state).toEqual({ is: "failed", reason: "rate_limited", retryAfterSeconds: 7 });
  chat.retry("c1");
  expect(sent.map((command) => command.client_id)).toEqual(["c1", "c1"]);
  expect(ownStates()).toEqual(["sending"]);
});

test("without an answer the line says so; one that was accepted does not", () => {
  chat.send("first");
  chat.send("second");
  chat.handle({ type: "chat:ack", client_id: "c2", id: "m4", seq: 4 });
  for (const act of timers) act();
  expect(ownStates()).toEqual(["failed", "accepted"]);
});

test("what is written without a line goes out when there is one", () => {
  isConnected = false;
  chat.send("hello");
  expect(ownStates()).toEqual(["waiting"]);
  isConnected = true;
  chat.connected(true);
  expect(sent).toHaveLength(1);
});

test("what was under way when the line broke goes out again, unless the room has it already", () => {
  chat.send("arrived");
  chat.send("did not");
  chat.welcome(welcome([message(8, { client_id: "c1" })]), true);
  chat.connected(true);
  expect(sent.map((command) => command.text)).toEqual(["arrived", "did not", "did not"]);
});

test("it knows why one may not write", () => {
  chat.welcome(welcome([], { name: null, can_chat: false, can_chat_reason: "not_signed_in" }), false);
  expect(chat.you.value).toEqual({ name: null, canChat: false, reason: "not_signed_in" });
});

test("a short welcome is the whole chat; a full one has more before it", () => {
  chat.welcome(welcome([message(1)]), false);
  expect(chat.history.value).toBe("whole");
  chat.welcome(welcome(Array.from({ length: 50 }, (_, place) => message(place + 60))), false);
  expect(chat.history.value).toBe("more");
});

test("earlier lines come page by page, oldest on top", async () => {
  chat.welcome(welcome(Array.from({ length: 50 }, (_, place) => message(place + 60))), false);
  pages["/api/streams/s1/messages"] = { next: "/next", results: [message(60), message(59), message(58)] };
  pages["/next"] = { next: null, results: [message(57)] };
  await chat.loadOlder();
  expect(keys().slice(0, 2)).toEqual(["m58", "m59"]);
  await chat.loadOlder();
  expect(keys()[0]).toBe("m57");
  expect(chat.history.value).toBe("whole");
});

test("earlier lines that do not load can be asked for again", async () => {
  await chat.loadOlder();
  expect(chat.history.value).toBe("failed");
  pages["/api/streams/s1/messages"] = { next: null, results: [message(1)] };
  await chat.loadOlder();
  expect(keys()).toEqual(["m1"]);
});

test("while one may not write nothing is sent and nothing is lost", () => {
  chat.draft.value = "so there";
  chat.handle({ type: "chat:me", user_id: "u1", can_chat: false, reason: "timed_out", until: new Date(Date.now() + 60_000).toISOString(), caution: null, slow_until: null });
  expect(chat.send(chat.draft.value)).toBe(false);
  expect(sent).toEqual([]);
  expect(chat.draft.value).toBe("so there");
});

test("a refused line can be changed: it goes back before what is typed by now", () => {
  chat.send("a bad word");
  chat.handle({ type: "error", code: "not_said_here", details: {}, client_id: "c1" });
  chat.draft.value = "and more";
  chat.edit("c1");
  expect(chat.draft.value).toBe("a bad word and more");
  expect(chat.log.ownRows()).toEqual([]);
});

test("a held line says so, and whether it was let through", () => {
  chat.send("one");
  chat.send("two");
  chat.handle({ type: "chat:held", client_id: "c1", id: "h1", user_id: "u1" });
  chat.handle({ type: "chat:held", client_id: "c2", id: "h2", user_id: "u1" });
  expect(ownStates()).toEqual(["held", "held"]);
  // Nothing of it is sent again when the line comes back.
  chat.connected(true);
  expect(sent).toHaveLength(2);
  chat.handle({ type: "chat:held_decided", id: "h1", client_id: "c1", user_id: "u1", approved: false });
  chat.handle({ type: "chat:held_decided", id: "h2", client_id: "c2", user_id: "u1", approved: true });
  expect(ownStates()).toEqual(["denied", "held"]);
  chat.handle({ ...message(3, { client_id: "c2", text: "two" }), id: "h2" });
  expect(ownStates()).toEqual(["denied"]);
  expect(keys()).toEqual(["c1", "h2"]);
});

test("a command is never a line: its answer takes its place", () => {
  chat.send("/mods");
  chat.handle({ type: "chat:told", client_id: "c1", code: "list", text: "Moderators: Ann" });
  expect(chat.log.rows.value).toMatchObject([{ kind: "note", text: "Moderators: Ann", isPrivate: true }]);
  chat.send("/tiemout ben");
  chat.handle({ type: "chat:told", client_id: "c2", code: "unknown_command", text: "There is no /tiemout." });
  expect(chat.log.rows.value.map((row) => row.kind)).toEqual(["note", "note"]);
  expect(chat.draft.value).toBe("/tiemout ben");
});

test("when all is cleared the pins go too, and one quiet line says why", () => {
  const card = { kind: "tip", tip: "t1", amount: 500, currency: "usd", tier: 2, pinned_until: new Date(Date.now() + 60_000).toISOString() } as const;
  chat.handle(message(1, { card, text: "hello" }));
  chat.handle(message(2));
  chat.handle({ type: "chat:purged", seq: 3, user: null, up_to_seq: 2 });
  expect(chat.pins.list.value).toEqual([]);
  expect(chat.log.rows.value.map((row) => row.kind)).toEqual(["message", "note"]);
});

test("a block takes their pinned tips too", () => {
  const card = { kind: "tip", tip: "t1", amount: 500, currency: "usd", tier: 2, pinned_until: new Date(Date.now() + 60_000).toISOString() } as const;
  chat.handle(message(1, { card }));
  expect(chat.pins.list.value).toHaveLength(1);
  chat.hideOne({ id: "u1", name: "Bob" });
  expect(chat.pins.list.value).toEqual([]);
  expect(keys()).toEqual([]);
});

test("with slow mode one waits from one's own line on, also when its answer never comes", () => {
  chat.handle({ type: "chat:modes", slow_seconds: 30, followers_minutes: null, emote_only: false, shield: false });
  chat.send("hello");
  chat.handle(message(4, { client_id: "somebody else's" }));
  expect(chat.standing.hold(Date.now())).toBeNull();
  chat.handle(message(5, { client_id: "c1" }));
  expect(chat.standing.hold(Date.now())?.is).toBe("slow");
});
