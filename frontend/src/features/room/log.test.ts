import { beforeEach, expect, test } from "vitest";
import { ChatLog, ROWS_MOST, type Message, type Row } from "./log";

let frames: (() => void)[];
let log: ChatLog;

beforeEach(() => {
  frames = [];
  log = new ChatLog((act) => frames.push(act));
});

function nextFrame(): void {
  for (const act of frames.splice(0)) act();
}

function message(seq: number, over: Partial<Message> = {}): Message {
  return {
    seq,
    id: `m${seq}`,
    client_id: null,
    kind: "chat",
    user: { id: "u1", name: "Bob", role: "viewer" },
    text: `line ${seq}`,
    at: "2026-01-01T00:00:00Z",
    ...over,
  };
}

const keys = (): string[] => log.rows.value.map((row) => row.key);

test("a burst of lines is shown once per frame, in order", () => {
  for (let seq = 1; seq <= 3; seq += 1) log.receive(message(seq));
  expect(keys()).toEqual([]);
  expect(frames).toHaveLength(1);
  nextFrame();
  expect(keys()).toEqual(["m1", "m2", "m3"]);
});

test("a message that comes twice is shown once", () => {
  log.receive(message(1));
  nextFrame();
  log.receive(message(1));
  log.welcome([message(1), message(2)], true);
  nextFrame();
  expect(keys()).toEqual(["m1", "m2"]);
});

test("no more than 500 rows stay, the newest ones", () => {
  for (let seq = 1; seq <= ROWS_MOST + 40; seq += 1) log.receive(message(seq));
  nextFrame();
  expect(keys()).toHaveLength(ROWS_MOST);
  expect(keys()[0]).toBe("m41");
});

test("while the reader looks at older lines, new ones wait and are counted", () => {
  log.receive(message(1));
  nextFrame();
  log.follow(false);
  log.receive(message(2));
  log.receive(message(3));
  nextFrame();
  expect(keys()).toEqual(["m1"]);
  expect(log.unread.value).toBe(2);
  log.follow(true);
  expect(keys()).toEqual(["m1", "m2", "m3"]);
  expect(log.unread.value).toBe(0);
});

test("the line one sent becomes the message, in its place", () => {
  log.own("c1", "hello", { is: "sending" });
  log.receive(message(1));
  nextFrame();
  log.receive(message(2, { client_id: "c1", text: "hello" }));
  expect(keys()).toEqual(["m2", "m1"]);
  nextFrame();
  expect(keys()).toEqual(["m2", "m1"]);
});

test("a line that failed stays, and may be sent again or forgotten", () => {
  log.own("c1", "hello", { is: "sending" });
  nextFrame();
  log.own("c1", "hello", { is: "failed", reason: "rate_limited", retryAfterSeconds: 3 });
  expect(log.ownRows()).toMatchObject([{ key: "c1", state: { is: "failed" } }]);
  log.forgetOwn("c1");
  expect(keys()).toEqual([]);
});

test("a fresh start replaces the lines, but keeps what one has not got through", () => {
  log.receive(message(1));
  log.own("c1", "arrived meanwhile", { is: "waiting" });
  log.own("c2", "still mine", { is: "waiting" });
  nextFrame();
  log.welcome([message(900), message(901, { client_id: "c1" })], false);
  expect(keys()).toEqual(["m900", "m901", "c2"]);
});

test("older lines go above, each once, and only as far as there is room", () => {
  log.receive(message(10));
  nextFrame();
  log.prepend([message(8), message(9), message(10)]);
  expect(keys()).toEqual(["m8", "m9", "m10"]);
  for (let seq = 11; seq <= 506; seq += 1) log.receive(message(seq));
  nextFrame();
  log.prepend([message(6), message(7)]);
  expect(keys().slice(0, 2)).toEqual(["m7", "m8"]);
  expect(keys()).toHaveLength(ROWS_MOST);
  expect(log.isFull).toBe(true);
});

test("comings and goings in a row are one line with few names", () => {
  log.presence({ joined: { names: ["Ann", "Bea"], others: 0 } });
  nextFrame();
  log.presence({ joined: { names: ["Cat", "Dan"], others: 5 } });
  log.presence({ left: { names: ["Ann"], others: 0 } });
  nextFrame();
  expect(log.rows.value).toHaveLength(1);
  const row = log.rows.value[0] as Extract<Row, { kind: "presence" }>;
  expect(row.joined).toEqual({ names: ["Ann", "Bea", "Cat"], others: 6 });
  expect(row.left).toEqual({ names: ["Ann"], others: 0 });
});

test("lines of who is blocked are not shown, whichever way they come", () => {
  const rude = { user: { id: "u2", name: "Rude", role: "viewer" } };
  log.welcome([message(1), message(2, rude)], false);
  log.receive(message(3, rude));
  nextFrame();
  expect(keys()).toEqual(["m1", "m2", "m3"]);
  log.receive(message(4, rude));
  log.hide(["u2"]);
  nextFrame();
  expect(keys()).toEqual(["m1"]);
  log.receive(message(5, rude));
  log.receive(message(6, { user: null }));
  nextFrame();
  log.prepend([message(0, rude)]);
  expect(keys()).toEqual(["m1", "m6"]);
  log.welcome([message(7, rude), message(8)], false);
  expect(keys()).toEqual(["m8"]);
});

test("from the moment of a block nothing of them is left, nor comes: lines, cards, comings and goings", () => {
  const rude = { id: "u2", name: "Rude", role: "viewer" };
  const gift = { kind: "gift", gift: "rose", name: "Rose", animation: "float", rarity: "common", quantity: 1, coins: 1, combo: "s1" } as const;
  log.receive(message(1, { user: rude }));
  log.receive(message(2));
  log.receive(message(3, { user: rude, card: gift, text: "" }));
  log.presence({ joined: { names: ["Rude", "Ann"], others: 0 } });
  nextFrame();
  log.hideOne(rude);
  expect(keys()).toEqual(["m2", expect.stringMatching(/^p/)]);
  log.presence({ left: { names: ["Rude"], others: 0 } });
  log.receive(message(4, { user: rude }));
  nextFrame();
  const row = log.rows.value.at(-1) as Extract<Row, { kind: "presence" }>;
  expect(row.joined).toEqual({ names: ["Ann"], others: 1 });
  expect(row.left).toEqual({ names: [], others: 1 });
  expect(JSON.stringify(log.rows.value)).not.toContain("Rude");
});

test("whoever blocked us, and of whom only an id is known, is known by name from their first line", () => {
  log.hide(["u2"]);
  log.presence({ joined: { names: ["Shy"], others: 0 } });
  nextFrame();
  log.receive(message(1, { user: { id: "u2", name: "Shy", role: "viewer" } }));
  log.presence({ left: { names: ["Shy"], others: 0 } });
  nextFrame();
  const row = log.rows.value.at(-1) as Extract<Row, { kind: "presence" }>;
  expect(row.left).toEqual({ names: [], others: 1 });
});

test("gifts of who is hidden are seen, and from nobody", () => {
  const user = { id: "u2", name: "Rude" };
  const combo = { id: "s1", quantity: 1, coins: 1, ends_at: "2026-01-01T00:00:03Z" };
  const sent = { type: "gift:sent", id: "g1", user, gift: "rose", name: "Rose", animation: "float", rarity: "common", quantity: 1, coins: 1, combo, at: "" } as const;
  expect(log.hidden.masked(sent)).toBe(sent);
  log.hideOne(user);
  expect(log.hidden.masked(sent)).toEqual({ ...sent, user: null });
  log.hidden.remove("u2");
  expect(log.hidden.masked(sent)).toBe(sent);
});

test("a purge takes one person's lines up to its moment, or everybody's; of cards only the words", () => {
  const eve = { user: { id: "u2", name: "Eve", role: "viewer" } };
  const tip = { kind: "tip", tip: "t1", amount: 500, currency: "usd", tier: 2, pinned_until: "2026-01-01T00:05:00Z" } as const;
  log.receive(message(1));
  log.receive(message(2, eve));
  log.receive(message(3, { ...eve, text: "buy this", card: tip }));
  log.receive(message(4, eve));
  nextFrame();
  log.receive(message(5, eve));
  log.purge("u2", 3);
  nextFrame();
  expect(keys()).toEqual(["m1", "m3", "m4", "m5"]);
  expect(log.rows.value[1]).toMatchObject({ message: { text: "", card: { amount: 500, pinned_until: null } } });
  log.purge(null, 5);
  expect(keys()).toEqual(["m3"]);
  // What is asked for again by then is without them; what was shown does not come back by itself either.
  log.receive(message(5, eve));
  nextFrame();
  expect(keys()).toEqual(["m3"]);
});

test("what a moderator let through comes as a new line, not where it was held", () => {
  log.own("c1", "held one", { is: "held" });
  log.receive(message(1));
  nextFrame();
  log.receive(message(2, { client_id: "c1", text: "held one" }));
  nextFrame();
  expect(keys()).toEqual(["m1", "m2"]);
});
