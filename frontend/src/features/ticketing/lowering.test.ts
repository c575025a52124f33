// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Lowering, type FullPrice } from "./lowering";
import { words } from "./words";

const PRICE: FullPrice = { amount: 500, currency: "usd", coins: 1200, pay_what_you_want: true, preview_seconds: 30 };

let asked: string[];
/** What the server says next instead of taking the price. */
let refusal: { code: string; details: object } | null;

beforeEach(() => {
  asked = [];
  refusal = null;
  vi.stubGlobal("fetch", (path: string, { method, body }: { method: string; body: string }) => {
    asked.push(`${method} ${path} ${body}`);
    return Promise.resolve(new Response(refusal ? JSON.stringify(refusal) : body, { status: refusal ? 409 : 200 }));
  });
});

afterEach(() => vi.unstubAllGlobals());

describe("the price of a stream that runs", () => {
  it("begins as what it is, and is saved with all else of it as it was", async () => {
    const lowering = new Lowering(PRICE, "s1");
    expect([lowering.amount.value, lowering.coins.value, lowering.isOther.value]).toEqual(["5.00", "1200", false]);
    lowering.amount.value = "3,5";
    expect(await lowering.save()).toBe(true);
    expect(asked).toEqual([
      'PUT /api/streams/s1/price {"amount":350,"currency":"usd","coins":1200,"pay_what_you_want":true,"preview_seconds":30}',
    ]);
    expect([lowering.price.value.amount, lowering.amount.value, lowering.isSaved.value]).toEqual([350, "3.50", true]);
  });

  it("is sold in the ways it was sold, and in no other", async () => {
    const lowering = new Lowering({ ...PRICE, amount: null, currency: "" }, "s1");
    lowering.amount.value = "1";
    lowering.coins.value = "300";
    await lowering.save();
    expect(asked[0]).toContain('{"amount":null,"currency":"","coins":300,');
  });

  it("of thousands can be saved as it stands in the field", () => {
    const lowering = new Lowering({ ...PRICE, amount: 12_000, currency: "jpy" }, "s1");
    expect([lowering.amount.value, lowering.faults.value, lowering.isOther.value]).toEqual(["12000", {}, false]);
  });

  it.each<[string, string, object]>([
    ["", "1200", { amount: "not_an_amount" }],
    ["free", "1200", { amount: "not_an_amount" }],
    ["3", "", { coins: "not_whole" }],
    ["3", "1.5", { coins: "not_whole" }],
  ])("of %o and %o coins is asked of nobody: %o", async (amount, coins, faults) => {
    const lowering = new Lowering(PRICE, "s1");
    [lowering.amount.value, lowering.coins.value] = [amount, coins];
    expect([await lowering.save(), lowering.faults.value, asked]).toEqual([false, faults, []]);
  });

  it("that is the same is not saved again", async () => {
    expect([await new Lowering(PRICE, "s1").save(), asked]).toEqual([false, []]);
  });

  it.each([
    ["price_settled", { reason: "live" }, "You are live"],
    ["price_settled", { reason: "sold" }, "Somebody has a ticket"],
    ["price_invalid", { amount: ["From 50 to 99999, in minor units."] }, "A ticket cannot cost"],
    ["stream_over", {}, "The stream is over"],
  ])("refused with %s %o stays what it was, and says why", async (code, details, begins) => {
    const lowering = new Lowering(PRICE, "s1");
    lowering.amount.value = "9";
    refusal = { code, details };
    expect(await lowering.save()).toBe(false);
    expect([lowering.price.value, lowering.amount.value, lowering.isPending.value]).toEqual([PRICE, "9", false]);
    expect(lowering.refusal.value && words.lower.refusal(lowering.refusal.value)).toMatch(new RegExp(`^${begins}`));
    refusal = null;
    lowering.amount.value = "4";
    expect(await lowering.save()).toBe(true);
    expect(lowering.refusal.value).toBeNull();
  });
});
