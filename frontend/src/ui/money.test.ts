import { expect, it } from "vitest";
import { amountFrom, amountText, moneyText, share } from "./money";

it.each([
  [1099, "usd", "10.99 USD"],
  [5, "eur", "0.05 EUR"],
  [-250, "usd", "-2.50 USD"],
  [123_456_789, "usd", "1,234,567.89 USD"],
  [500, "jpy", "500 JPY"],
])("%d %s reads %s, as from the server", (amount, currency, text) => {
  expect(moneyText(amount, currency)).toBe(text);
});

it.each<[string, string, number | null]>([
  ["3", "usd", 300],
  [" 3.5 ", "usd", 350],
  ["3,05", "eur", 305],
  ["0.005", "usd", null],
  ["1,000.00", "usd", null],
  ["-3", "usd", null],
  ["NaN", "usd", null],
  ["", "usd", null],
  ["1e3", "usd", null],
  ["300", "jpy", 300],
  ["300.5", "jpy", null],
])("%o of %s is %o", (typed, currency, amount) => {
  expect(amountFrom(typed, currency)).toBe(amount);
});

it("an amount stands in a field without its currency", () => {
  expect(amountText(350, "usd")).toBe("3.50");
});

it("shares are rounded half up", () => {
  expect([share(1, 50, 100), share(50, 29, 1000), share(1000, 29, 1000)]).toEqual([1, 1, 29]);
});
