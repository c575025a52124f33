import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Order, Price } from "./tipping";
import { outcomeOf, partsOf, tierOf, Tipping } from "./tipping";
import { lasting } from "./words";

const PRICE: Price = {
  payments: "sandbox",
  currency: "usd",
  currencies: ["usd"],
  least: 100,
  most: 100_000,
  fee_percent: 5,
  processing_per_mille: 29,
  processing_fixed: 30,
  amounts: [200, 500, 1000, 2000].map((amount) => ({ amount, platform: 0, processing: 0, creator: 0, tier: 0 })),
  tiers: [
    { tier: 0, least: 100, characters: 10, pinned_seconds: 0 },
    { tier: 2, least: 500, characters: 20, pinned_seconds: 120 },
  ],
};

const ORDER: Order = {
  id: "o1",
  purpose: "tip",
  state: "open",
  title: "Tip for Mara",
  amount: 1250,
  currency: "usd",
  coins: null,
  needs_action: false,
  declined: "",
  card: "",
  refunded: 0,
  created_at: "2026-01-01T00:00:00Z",
  expires_at: "2026-01-01T01:00:00Z",
  closed_at: null,
  receipts: [],
  refunds: [],
};

interface Asked {
  path: string;
  method: string;
  key: string | null;
  body: Record<string, unknown> | null;
}

let asked: Asked[];
let answers: Record<string, [number, unknown] | "lost">;
let left: string[];
let later: (() => void)[];
let stored: Map<string, string>;
let tipping: Tipping;

beforeEach(async () => {
  vi.stubGlobal("document", { cookie: "csrftoken=c" });
  asked = [];
  left = [];
  later = [];
  stored = new Map();
  answers = {
    "GET /api/tips": [200, PRICE],
    "POST /api/streams/s1/tip": [201, { order: ORDER, url: "https://pay.example/1" }],
    "GET /api/tips/o1": [200, { order: ORDER, stream_id: "s1", message: "Bravo", anonymous: true, tier: 2 }],
    "POST /api/payments/orders/o1/cancel": [200, { ...ORDER, state: "cancelled" }],
  };
  vi.stubGlobal("fetch", (path: string, request: RequestInit) => {
    const method = request.method ?? "GET";
    const key = new Headers(request.headers).get("Idempotency-Key");
    const body = typeof request.body === "string" ? (JSON.parse(request.body) as Record<string, unknown>) : null;
    asked.push({ path, method, key, body });
    const answer = answers[`${method} ${path}`] ?? [404, { code: "not_found" }];
    if (answer === "lost") return Promise.reject(new TypeError("Failed to fetch"));
    return Promise.resolve(new Response(JSON.stringify(answer[1]), { status: answer[0] }));
  });
  let ids = 0;
  tipping = new Tipping("s1", {
    setTimeout: (act) => later.push(act),
    leave: (url) => left.push(url),
    newId: () => `k${++ids}`,
    storage: {
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => void stored.set(key, value),
      removeItem: (key) => void stored.delete(key),
    },
  });
  await tipping.load();
  asked = [];
});

afterEach(() => vi.unstubAllGlobals());

function tips(): Asked[] {
  return asked.filter(({ path }) => path === "/api/streams/s1/tip");
}

test("what the creator gets is what the server will say", () => {
  expect(partsOf(PRICE, 500)).toEqual({ platform: 25, processing: 45, creator: 430 });
  expect(partsOf(PRICE, 1000)).toEqual({ platform: 50, processing: 59, creator: 891 });
  expect([partsOf(PRICE, 99), partsOf(PRICE, 100_001), partsOf(PRICE, null)]).toEqual([null, null, null]);
});

test("a step begins at its least amount", () => {
  expect([99, 100, 499, 500].map((amount) => tierOf(PRICE, amount)?.tier)).toEqual([undefined, 0, 0, 2]);
});

test.each(["", "0", "0.49", "1000.01", "0.005", "NaN", "-5", "1e3", "5 usd"])("%o cannot be given", (typed) => {
  tipping.offered.value = null;
  tipping.typed.value = typed;
  expect(tipping.canGive).toBe(false);
});

test("a message that is too long for its amount waits until it fits", () => {
  tipping.offered.value = 200;
  tipping.message.value = "👏".repeat(11);
  expect([tipping.charactersLeft.value, tipping.canGive]).toEqual([-1, false]);
  tipping.offered.value = 500;
  expect([tipping.charactersLeft.value, tipping.canGive]).toEqual([9, true]);
});

test("a tip is ordered and the page leaves to pay", async () => {
  tipping.message.value = "Bravo";
  await tipping.give();
  expect(tips()[0]?.body).toEqual({ amount: 500, currency: "usd", message: "Bravo", anonymous: false });
  expect(left).toEqual(["https://pay.example/1"]);
  expect(tipping.remembered).toBe("o1");
});

test("after a lost answer the same tip goes out under the same key, another one under another", async () => {
  answers["POST /api/streams/s1/tip"] = "lost";
  await tipping.give();
  expect(tipping.trouble.value?.code).toBe("offline");
  await tipping.give();
  tipping.message.value = "Bravo";
  await tipping.give();
  const [first, again, other] = tips().map(({ key }) => key);
  expect(again).toBe(first);
  expect(other).not.toBe(first);
});

test("a refusal keeps everything that was typed", async () => {
  tipping.message.value = "Bravo";
  answers["POST /api/streams/s1/tip"] = [403, { code: "spend_limit_reached", details: { left: 100, currency: "usd" } }];
  await tipping.give();
  expect([tipping.trouble.value?.code, tipping.message.value, left]).toEqual(["spend_limit_reached", "Bravo", []]);
  tipping.offered.value = 200;
  expect([tipping.trouble.value, tipping.message.value]).toEqual([null, "Bravo"]);
});

test.each([
  ["open", "", false, "waiting"],
  ["open", "", true, "left"],
  ["open", "insufficient_funds", true, "declined"],
  ["processing", "", false, "processing"],
  ["paid", "", false, "paid"],
  ["failed", "", false, "over"],
  ["expired", "", true, "over"],
] as const)("an order that is %s (%s) and left: %s is %s", (state, declined, wasLeft, outcome) => {
  expect(outcomeOf({ ...ORDER, state, declined }, wasLeft)).toBe(outcome);
});

test("who is back waits until the payment is there", async () => {
  await tipping.cameBack("o1", false);
  expect(tipping.outcome.value).toBe("waiting");
  answers["GET /api/tips/o1"] = [200, { order: { ...ORDER, state: "paid" }, stream_id: "s1", message: "", anonymous: false, tier: 2 }];
  later.shift()?.();
  await vi.waitFor(() => expect(tipping.outcome.value).toBe("paid"));
  expect(later).toEqual([]);
  expect(tipping.remembered).toBeNull();
});

test("an order for something else is none of this sheet's", async () => {
  expect(await tipping.cameBack("o2", false)).toBe(false);
  expect(tipping.outcome.value).toBeNull();
});

test("trying again takes the old order back and keeps amount, words and namelessness", async () => {
  await tipping.cameBack("o1", true);
  await tipping.again();
  expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "GET /api/tips/o1",
    "POST /api/payments/orders/o1/cancel",
    "POST /api/streams/s1/tip",
  ]);
  expect(tips()[0]?.body).toEqual({ amount: 1250, currency: "usd", message: "Bravo", anonymous: true });
});

test("what was paid after all is not paid again", async () => {
  await tipping.cameBack("o1", true);
  answers["POST /api/payments/orders/o1/cancel"] = [200, { ...ORDER, state: "paid" }];
  await tipping.again();
  expect([tipping.outcome.value, tips()]).toEqual(["paid", []]);
});

test("changing it starts from what it was", async () => {
  await tipping.cameBack("o1", true);
  await tipping.change();
  expect([tipping.outcome.value, tipping.amount.value, tipping.typed.value]).toEqual([null, 1250, "12.50"]);
  expect([tipping.message.value, tipping.anonymous.value, tipping.remembered]).toEqual(["Bravo", true, null]);
});

test("lengths of pins in words", () => {
  expect([120, 60, 3600, 18_000].map(lasting)).toEqual(["2 minutes", "1 minute", "1 hour", "5 hours"]);
});
