import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PromoCodes } from "./codes";
import { PriceDraft, splitOf, type Terms } from "./price";
import { Ticketing } from "./ticketing";

const TERMS: Terms = {
  currency: "usd",
  least: 50,
  most: 99_999,
  fee_percent: 5,
  per_mille: 29,
  fixed: 30,
  coins_worth: [9500, 10_000],
  least_coins: 50,
  most_coins: 99_999,
  preview_seconds: 60,
};

let kept: Map<string, string>;
const storage = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
  removeItem: (key: string) => void kept.delete(key),
};
let asked: string[];
/** What the server says to a request, by its method and the end of its path; 200 to all others. */
let refusals: Record<string, string>;
let price: PriceDraft;
let codes: PromoCodes;
let ticketing: Ticketing;

beforeEach(() => {
  kept = new Map();
  asked = [];
  refusals = {};
  vi.stubGlobal("document", { cookie: "", getElementById: () => ({ textContent: JSON.stringify(TERMS) }) });
  vi.stubGlobal("fetch", (path: string, { method, body }: { method: string; body?: string }) => {
    const what = `${method} ${path.replace("/api/streams/s1", "")}`;
    asked.push(body === undefined ? what : `${what} ${body}`);
    const code = refusals[what];
    const answer = code === undefined ? { id: "c1", uses: 0, ...(JSON.parse(body ?? "{}") as object) } : { code, details: {} };
    return Promise.resolve(new Response(JSON.stringify(answer), { status: code === undefined ? 200 : 409 }));
  });
  ticketing = Ticketing.ofPage(storage) as Ticketing;
  ({ price, codes } = ticketing);
  price.sells.value = true;
});

afterEach(() => vi.unstubAllGlobals());

describe("what a ticket leaves", () => {
  // The table of docs/money.md.
  it.each([
    [50, 3, 31, 16], // half a cent up
    [100, 5, 33, 62],
    [500, 25, 45, 430],
    [1000, 50, 59, 891],
    [10_000, 500, 320, 9180],
    [100_000, 5000, 2930, 92_070],
  ])("of %d cents is ours %d, the payment's %d and the creator's %d", (gross, platform, processing, creator) => {
    expect(splitOf(gross, TERMS)).toEqual({ gross, platform, processing, creator });
  });

  it("is told as soon as what is typed is a price", () => {
    price.amount.value = "0.4";
    expect(price.split.value).toBeNull();
    price.amount.value = "10";
    expect(price.split.value?.creator).toBe(891);
    price.coins.value = "300";
    expect(price.coinsLeave.value).toBe(285);
  });
});

describe("a price", () => {
  it.each<[string, string, object]>([
    ["", "", { amount: "missing" }],
    ["0.49", "", { amount: "out_of_range" }],
    ["0", "", { amount: "out_of_range" }],
    ["1000", "", { amount: "out_of_range" }],
    ["0.005", "", { amount: "not_an_amount" }],
    ["NaN", "", { amount: "not_an_amount" }],
    ["-3", "", { amount: "not_an_amount" }],
    ["3", "49", { coins: "out_of_range" }],
    ["3", "1.5", { coins: "not_whole" }],
    ["", "300", {}],
    ["0.50", "", {}],
    ["999.99", "300", {}],
  ])("of %o and %o coins has the faults %o", (amount, coins, faults) => {
    price.amount.value = amount;
    price.coins.value = coins;
    expect(price.faults.value).toEqual(faults);
  });

  it("that is not asked for has none", () => {
    price.sells.value = false;
    expect(price.isGood).toBe(true);
  });

  it("survives a reload", () => {
    price.amount.value = "3";
    price.payWhatYouWant.value = true;
    price.save();
    const again = new PriceDraft(TERMS, storage);
    expect([again.sells.value, again.amount.value, again.payWhatYouWant.value]).toEqual([true, "3", true]);
  });
});

describe("a promo code", () => {
  const type = (code: string, off: string, uses = "", until = ""): void => {
    [codes.code.value, codes.off.value, codes.uses.value, codes.until.value] = [code, off, uses, until];
  };

  it.each<[string, string, string, string, object]>([
    ["", "25", "", "", { code: "missing" }],
    ["a b", "25", "", "", { code: "bad_code" }],
    ["friends", "0", "", "", { off: "bad_percent" }],
    ["friends", "101", "", "", { off: "bad_percent" }],
    ["friends", "25", "0", "", { uses: "bad_uses" }],
    ["friends", "25", "", "2020-01-01T00:00", { until: "past" }],
    ["friends", "100", "10", "2099-01-01T00:00", {}],
  ])("%o of %o for %o uses until %o has the faults %o", (code, off, uses, until, faults) => {
    type(code, off, uses, until);
    expect(codes.faults.value).toEqual(faults);
  });

  it("waits for the stream, is not there twice, and can be dropped", async () => {
    type("friends", "25");
    expect(await codes.add()).toBe(true);
    expect(codes.wanted.value.map((each) => each.code)).toEqual(["FRIENDS"]);
    expect(codes.code.value).toBe("");
    type("Friends", "1");
    expect(codes.faults.value).toEqual({ code: "twice" });
    codes.drop("FRIENDS");
    expect([codes.wanted.value, asked]).toEqual([[], []]);
  });

  it("of a stream that runs is made at once and taken back", async () => {
    codes = new PromoCodes("usd", "s1");
    codes.kind.value = "amount";
    type("one", "1.00", "3");
    expect(await codes.add()).toBe(true);
    expect(codes.made.value.map((each) => [each.code, each.amount, each.uses_most])).toEqual([["ONE", 100, 3]]);
    await codes.revoke("c1");
    expect(codes.made.value).toEqual([]);
    expect(asked.at(-1)).toBe("DELETE /promo-codes/c1");
  });
});

describe("a stream that was made", () => {
  beforeEach(async () => {
    price.amount.value = "3";
    codes.code.value = "friends";
    codes.off.value = "25";
    await codes.add();
  });

  it("gets its price, then its codes", async () => {
    expect(await ticketing.settle("s1")).toBe(true);
    expect(asked.map((one) => one.split(" ").slice(0, 2).join(" "))).toEqual(["PUT /price", "POST /promo-codes"]);
    expect(asked[0]).toContain('{"amount":300,"currency":"usd","coins":null,"pay_what_you_want":false,"preview_seconds":60}');
  });

  it("that is free gets neither", async () => {
    price.sells.value = false;
    expect([await ticketing.settle("s1"), asked]).toEqual([true, []]);
  });

  it.each([
    ["PUT /price", "amount_out_of_range"],
    ["POST /promo-codes", "conflict"],
  ])("is taken back when %s was refused, and everything is still typed", async (what, code) => {
    refusals[what] = code;
    expect(await ticketing.settle("s1")).toBe(false);
    expect(asked.at(-1)).toBe("POST /end");
    expect(price.refusal.value ?? codes.refusal.value).toBe(code);
    expect(codes.wanted.value.map((each) => each.code)).toEqual(["FRIENDS"]);
  });
});
