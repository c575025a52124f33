import { beforeEach, expect, test } from "vitest";
import {
  BIG_WAITING_MOST,
  BURSTS_MOST,
  CARDS_MOST,
  FLOATS_MOST,
  GATHER_MS,
  GiftShow,
  SHOWN_MS,
} from "./show";
import type { GiftSent } from "./types";

let now: number;
let timers: { act: () => void; at: number }[];
let still: boolean;
let hidden: boolean;
let changes: number;
let show: GiftShow;
let ids: number;

beforeEach(() => {
  [now, timers, still, hidden, changes, ids] = [0, [], false, false, 0, 0];
  show = new GiftShow({
    setTimeout: (act, milliseconds) => timers.push({ act, at: now + milliseconds }),
    now: () => now,
    isStill: () => still,
    isHidden: () => hidden,
  });
  show.cards.subscribe(() => (changes += 1));
});

/** Lets time go by, timer after timer. */
function pass(milliseconds: number): void {
  const end = now + milliseconds;
  for (;;) {
    const next = [...timers].sort((a, b) => a.at - b.at)[0];
    if (!next || next.at > end) break;
    timers = timers.filter((timer) => timer !== next);
    now = Math.max(now, next.at);
    next.act();
  }
  now = end;
}

function give(told: Partial<GiftSent> & { streak?: string; times?: number; price?: number } = {}): void {
  const { streak = `streak-${ids + 1}`, times = 1, price = 1, ...rest } = told;
  show.receive({
    type: "gift:sent",
    id: `gift-${++ids}`,
    user: { id: "u1", name: "Ada" },
    gift: "rose",
    name: "Rose",
    animation: "float",
    rarity: "common",
    quantity: 1,
    coins: price,
    combo: { id: streak, quantity: times, coins: times * price, ends_at: "2026-01-01T00:00:00.000Z" },
    at: "2026-01-01T00:00:00.000Z",
    ...rest,
  });
}
const shown = (): unknown[] => [show.cards.value, show.floats.value, show.bursts.value, show.big.value, show.more.value];
const NOTHING = [[], [], [], null, 0];

test("a streak is one card that grows, and goes 3 s after its last tap", () => {
  for (let n = 1; n <= 5; n += 1) {
    give({ streak: "s", times: n });
    pass(500);
  }
  expect(show.cards.value.map(({ who, name, quantity }) => [who, name, quantity])).toEqual([["Ada", "Rose", 5]]);
  pass(SHOWN_MS - 500 + GATHER_MS - 1);
  expect(show.cards.value.length).toBe(1);
  pass(SHOWN_MS);
  expect(shown()).toEqual(NOTHING);
});

test("one that comes twice counts once, and taps that overtake each other never shrink a streak", () => {
  give({ id: "same", streak: "s", times: 3 });
  give({ id: "same", streak: "s", times: 3 });
  give({ streak: "s", times: 2 });
  pass(GATHER_MS);
  expect(show.cards.value.map(({ quantity }) => quantity)).toEqual([3]);
  expect(show.floats.value.length).toBe(2);
});

test("a hundred a second change the page ten times, within bounds, and leave nothing behind", () => {
  const animations = ["float", "burst", "fireworks", "confetti"];
  changes = 0;
  let most = 0;
  for (let n = 0; n < 1000; n += 1) {
    give({ animation: animations[n % 4] ?? "float", price: 1 + (n % 7) });
    pass(10);
    const { cards, floats, bursts } = show;
    most = Math.max(most, cards.value.length + floats.value.length + bursts.value.length);
    expect(cards.value.length).toBeLessThanOrEqual(CARDS_MOST);
    expect(floats.value.length).toBeLessThanOrEqual(FLOATS_MOST);
    expect(bursts.value.length).toBeLessThanOrEqual(BURSTS_MOST);
  }
  expect(most).toBeGreaterThan(CARDS_MOST);
  expect(changes).toBeLessThan(10 * 10 * (CARDS_MOST + 2));
  expect(show.more.value).toBeGreaterThan(0);
  pass(SHOWN_MS * (BIG_WAITING_MOST + 3));
  expect(shown()).toEqual(NOTHING);
  expect(timers).toEqual([]);
});

test("when cards are short the cheapest goes, and is counted", () => {
  for (const price of [5, 2, 10, 7]) {
    give({ price, streak: `s${price}` });
    pass(GATHER_MS);
  }
  expect(show.cards.value.map(({ coins }) => coins)).toEqual([5, 10, 7]);
  expect(show.more.value).toBe(1);
});

test("a big one has the picture for 3 s, then it is free for a moment, then comes the next", () => {
  give({ animation: "fireworks", streak: "a", name: "Rocket" });
  give({ animation: "confetti", streak: "b", name: "Mansion" });
  pass(GATHER_MS);
  expect(show.big.value?.name).toBe("Rocket");
  pass(SHOWN_MS);
  expect(show.big.value).toBeNull();
  pass(500);
  expect(show.big.value).toBeNull();
  pass(300);
  expect(show.big.value?.name).toBe("Mansion");
  pass(SHOWN_MS);
  expect(shown()).toEqual(NOTHING);
});

test("of many big ones the dearest wait, and a streak has the picture once in ten seconds", () => {
  for (let n = 1; n <= 20; n += 1) give({ animation: "fireworks", price: n, streak: `s${n}` });
  const seen: number[] = [];
  for (let n = 0; n < 300; n += 1) {
    pass(100);
    if (show.big.value && seen.at(-1) !== show.big.value.coins) seen.push(show.big.value.coins);
  }
  expect(seen).toEqual([20, 19, 18]);
  for (let n = 1; n <= 40; n += 1) {
    give({ animation: "fireworks", streak: "on and on", times: n });
    pass(200);
  }
  pass(100);
  expect(show.big.value).toBeNull();
  expect(show.cards.value[0]?.quantity).toBe(40);
});

test("an animation that nobody knows floats", () => {
  give({ animation: "somersault", gift: "of-next-year" });
  pass(GATHER_MS);
  expect(show.floats.value.map(({ sku }) => sku)).toEqual(["of-next-year"]);
});

test("who wants nothing to move gets cards that stand still, also of the big ones", () => {
  still = true;
  for (const animation of ["float", "burst", "fireworks"]) give({ animation });
  pass(GATHER_MS);
  expect([show.cards.value.length, show.floats.value, show.bursts.value]).toEqual([3, [], []]);
  expect(show.big.value?.animation).toBe("fireworks");
  pass(SHOWN_MS);
  expect(shown()).toEqual(NOTHING);
});

test("while nobody looks nothing is kept for later", () => {
  hidden = true;
  for (let n = 0; n < 50; n += 1) give({ animation: "confetti" });
  hidden = false;
  pass(SHOWN_MS);
  expect(shown()).toEqual(NOTHING);
});
