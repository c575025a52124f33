// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from "vitest";
import { Marks } from "./marks";

afterEach(() => {
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

const price = { amount: 1, currency: "usd", full_amount: null, coins: 1, full_coins: null, pay_what_you_want: false };

test("what the page knows is not asked for", () => {
  const written = document.createElement("script");
  written.id = "ticket-marks";
  written.type = "application/json";
  written.textContent = '{"one": "4.99 USD"}';
  document.body.append(written);
  const fetched = vi.fn();
  vi.stubGlobal("fetch", fetched);
  expect(new Marks().of("one")).toBe("4.99 USD");
  expect(fetched).not.toHaveBeenCalled();
});

test.each([
  [{ ...price, full_amount: 499 }, "4.99 USD"],
  [{ ...price, full_coins: 50 }, "50 coins"],
  [{ ...price, full_amount: 499, full_coins: 1 }, "4.99 USD or 1 coin"],
  [{ ...price, full_amount: 100, pay_what_you_want: true }, "Pay what you want"],
])("the price of a later card is asked for once: %o", async (body, words) => {
  const fetched = vi.fn(() => Promise.resolve(new Response(JSON.stringify(body))));
  vi.stubGlobal("fetch", fetched);
  const marks = new Marks();
  expect([marks.of("two"), marks.of("two")]).toEqual(["Ticket", "Ticket"]);
  await vi.waitFor(() => expect(marks.of("two")).toBe(words));
  expect(fetched).toHaveBeenCalledOnce();
});

test("one that is free by now, or cannot be asked, stays a ticket", async () => {
  const fetched = vi.fn(() => Promise.resolve(new Response(JSON.stringify({ code: "not_found", details: {} }), { status: 404 })));
  vi.stubGlobal("fetch", fetched);
  const marks = new Marks();
  marks.of("three");
  await vi.waitFor(() => expect(fetched).toHaveBeenCalledOnce());
  expect(marks.of("three")).toBe("Ticket");
});
