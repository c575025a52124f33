import { beforeEach, expect, test } from "vitest";
import { ApiError } from "../../api/client";
import { COMBO_PAUSE_MS, FLYING_MOST, Giving, type Tap, WAITING_MOST } from "./giving";
import type { Gift } from "./types";

interface Flight {
  readonly tap: Tap;
  readonly land: (left: number) => void;
  readonly fail: (error: ApiError) => void;
}

let flights: Flight[];
let timers: { act: () => void; at: number }[];
let now: number;
let ids: number;
let held: number;
let giving: Giving;

function gift(sku: string, price: number): Gift {
  return { sku, name: sku, price_coins: price, worth: price, price, currency: "usd", animation: "float", rarity: "common" };
}
const ROSE = gift("rose", 1);
const STAR = gift("star", 5);

beforeEach(() => {
  [flights, timers, now, ids, held] = [[], [], 0, 0, 100];
  giving = new Giving({
    send: (tap) => new Promise((land, fail) => flights.push({ tap, land, fail })),
    balance: () => Promise.resolve(held),
    setTimeout: (act, milliseconds) => timers.push({ act, at: now + milliseconds }),
    now: () => now,
    newId: () => `tap-${++ids}`,
  });
  giving.know(100);
});

async function pass(milliseconds: number): Promise<void> {
  now += milliseconds;
  const due = timers.filter(({ at }) => at <= now);
  timers = timers.filter(({ at }) => at > now);
  for (const { act } of due) act();
  await settled();
}
const settled = (): Promise<void> => new Promise((done) => setTimeout(done));
const flight = (index: number): Flight => {
  const found = flights[index];
  if (!found) throw new Error(`only ${flights.length} were sent`);
  return found;
};
const names = (): string[] => flights.map(({ tap }) => tap.id);

test("each tap is sent under its own id, a few at a time, in their order", async () => {
  for (let n = 0; n < 5; n += 1) expect(giving.tap(ROSE, 1, false)).toBe(true);
  expect(names()).toEqual(["tap-1", "tap-2", "tap-3"]);
  expect(giving.balance.value).toBe(95);
  flight(1).land(99);
  await settled();
  expect(names()).toEqual(["tap-1", "tap-2", "tap-3", "tap-4"]);
  expect(giving.taps.value.filter(({ state }) => state === "flying").length).toBe(FLYING_MOST);
  expect(giving.balance.value).toBe(95);
});

test("answers that overtake each other leave the balance of the last one", async () => {
  for (let n = 0; n < 3; n += 1) giving.tap(ROSE, 1, false);
  flight(2).land(50);
  flight(0).land(52);
  await settled();
  expect(giving.balance.value).toBe(97);
  flight(1).land(51);
  await settled();
  expect(giving.balance.value).toBe(50);
});

test("what got no answer is sent again under the same id, and counted once", async () => {
  giving.tap(STAR, 2, true);
  flight(0).fail(new ApiError({ code: "offline", status: 0 }));
  await settled();
  expect([names(), giving.balance.value]).toEqual([["tap-1"], 90]);
  await pass(1000);
  flight(1).fail(new ApiError({ code: "rate_limited", status: 429, retryAfter: 7 }));
  await settled();
  await pass(6900);
  expect(names()).toEqual(["tap-1", "tap-1"]);
  await pass(100);
  expect(names()).toEqual(["tap-1", "tap-1", "tap-1"]);
  flight(2).land(90);
  await settled();
  expect([giving.balance.value, giving.taps.value]).toEqual([90, []]);
});

test("after five times without an answer it is for the giver to say, still under the same id", async () => {
  giving.tap(ROSE, 1, false);
  for (let n = 0; n < 5; n += 1) {
    flight(n).fail(new ApiError({ code: "unexpected", status: 503 }));
    await settled();
    await pass(15_000);
  }
  expect(names()).toEqual(Array(5).fill("tap-1"));
  expect([giving.unsure.value.length, giving.balance.value]).toEqual([1, 99]);
  giving.retry();
  expect(names()).toEqual(Array(6).fill("tap-1"));
  flight(5).land(99);
  await settled();
  expect([giving.unsure.value.length, giving.balance.value]).toEqual([0, 99]);
});

test("who leaves one without an answer alone is told by the balance what it cost", async () => {
  giving.tap(ROSE, 1, false);
  for (let n = 0; n < 5; n += 1) {
    flight(n).fail(new ApiError({ code: "offline", status: 0 }));
    await settled();
    await pass(15_000);
  }
  held = 99;
  await giving.discard();
  expect([giving.taps.value, giving.balance.value]).toEqual([[], 99]);
});

test("a refusal gives the coins back, and what waits behind it is not sent", async () => {
  for (let n = 0; n < 5; n += 1) giving.tap(ROSE, 1, false);
  flight(0).fail(new ApiError({ code: "wallet_frozen", status: 403 }));
  await settled();
  expect(giving.trouble.value?.code).toBe("wallet_frozen");
  expect([names().length, giving.balance.value]).toEqual([3, 98]);
  flight(1).fail(new ApiError({ code: "wallet_frozen", status: 403 }));
  flight(2).fail(new ApiError({ code: "wallet_frozen", status: 403 }));
  await settled();
  expect([names().length, giving.balance.value, giving.streak.value]).toEqual([3, 100, null]);
});

test("too few coins are seen before anything is sent, and when only the server knows", async () => {
  giving.know(4);
  expect(giving.tap(STAR, 1, false)).toBe(false);
  expect([flights.length, giving.trouble.value]).toEqual([0, { code: "not_enough_coins", gift: STAR, missing: 1 }]);
  giving.know(100);
  giving.tap(STAR, 1, false);
  flight(0).fail(
    new ApiError({ code: "not_enough_coins", status: 402, details: { balance_coins: 2, missing_coins: 3 } }),
  );
  await settled();
  expect([giving.trouble.value, giving.balance.value]).toEqual([{ code: "not_enough_coins", gift: STAR, missing: 3 }, 2]);
});

test("a finger that does not let go cannot run far ahead", () => {
  let taken = 0;
  for (let n = 0; n < 60; n += 1) if (giving.tap(ROSE, 1, false)) taken += 1;
  expect([taken, giving.balance.value]).toEqual([FLYING_MOST + WAITING_MOST, 100 - FLYING_MOST - WAITING_MOST]);
});

test("taps on one gift are a streak, until a pause or another gift", async () => {
  giving.tap(ROSE, 1, false);
  await pass(COMBO_PAUSE_MS - 100);
  giving.tap(ROSE, 4, false);
  expect(giving.streak.value).toEqual({ sku: "rose", quantity: 5 });
  giving.tap(STAR, 1, false);
  expect(giving.streak.value).toEqual({ sku: "star", quantity: 1 });
  await pass(COMBO_PAUSE_MS);
  expect(giving.streak.value).toBeNull();
});
