// Amounts are whole numbers in minor units of their currency, as the API has them. The twin of payments/money.py.

/** Currencies whose smallest unit is the whole one. Source: https://docs.stripe.com/currencies#zero-decimal */
const WITHOUT_DECIMALS = new Set("bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split(" "));
const numbers = new Intl.NumberFormat("en");

/** `1099, "usd"` as `10.99 USD`, the same as in pages that the server draws. */
export function moneyText(amount: number, currency: string): string {
  return `${amountText(amount, currency)} ${currency.toUpperCase()}`;
}

/** Without the currency: what stands in a field that has it beside it. */
export function amountText(amount: number, currency: string): string {
  if (WITHOUT_DECIMALS.has(currency)) return numbers.format(amount);
  const whole = Math.abs(amount);
  const cents = String(whole % 100).padStart(2, "0");
  return `${amount < 0 ? "-" : ""}${numbers.format(Math.floor(whole / 100))}.${cents}`;
}

/** What somebody typed, `3`, `3.5` or `3,50`, in minor units; null when it is no amount of this currency. */
export function amountFrom(typed: string, currency: string): number | null {
  const decimals = WITHOUT_DECIMALS.has(currency) ? 0 : 2;
  const found = /^(\d{1,9})(?:[.,](\d{1,2}))?$/.exec(typed.trim());
  if (!found) return null;
  const [, whole = "", part = ""] = found;
  if (decimals === 0) return part === "" ? Number(whole) : null;
  return Number(whole) * 100 + Number(part.padEnd(2, "0"));
}

/** `amount * part / whole`, half up, as payments/rounding.py divides. */
export function share(amount: number, part: number, whole: number): number {
  return Math.floor((2 * amount * part + whole) / (2 * whole));
}
