// @vitest-environment happy-dom
import "@preact/signals";
import { cleanup, fireEvent, render, screen, within } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { StreamPage } from "../stream/page";
import { Visit } from "../stream/visit";
import { AGAIN_EVERY_MS, HELD_AFTER_MS } from "./holding";
import { Tray } from "./tray";
import { TrayPanel } from "./TrayPanel";
import type { Catalogue } from "./types";

const gift = (sku: string, price: number): Catalogue["gifts"][number] => ({
  sku,
  name: sku,
  price_coins: price,
  worth: price,
  price,
  currency: "usd",
  animation: "float",
  rarity: "common",
});
const STREAM: StreamPage["stream"] = {
  id: "s1",
  title: "Cello",
  status: "live",
  paused: false,
  scheduled_at: null,
  started_at: "2026-01-01T00:00:00Z",
  duration_seconds: null,
  end_reason: "",
  viewers: { current: 1, peak: 1, total: 1 },
  creator: { id: "c1", username: "mara", display_name: "Mara", avatar_url: null },
};
const PAGE: StreamPage = {
  stream: STREAM,
  poster: null,
  usualKind: "hls",
  follow: { following: false, followers: 0 },
  isSignedIn: true,
  isOwn: false,
  links: { signIn: "/accounts/login/?next=%2Fstream%2Fs1", confirmEmail: "/accounts/email/" },
};

let catalogue: Catalogue;
let posted: { path: string; body: Record<string, unknown> }[];
let refusal: { status: number; code: string; details?: object } | null;
let closed: number;

beforeEach(() => {
  catalogue = {
    gifts: [gift("rose", 1), gift("star", 5)],
    rate: { coins: 200, amount: 249, currency: "usd" },
    wallet: { balance_coins: 12, frozen: false },
    payments: "sandbox",
  };
  [posted, refusal, closed] = [[], null, 0];
  localStorage.clear();
  vi.stubGlobal("fetch", (path: string, { method, body }: { method: string; body?: string }) => {
    const answer = (status: number, json: object): Promise<Response> =>
      Promise.resolve(new Response(JSON.stringify(json), { status }));
    if (path === "/api/gifts") return answer(200, catalogue);
    if (path.startsWith("/api/payments/packs")) {
      const coins = Number(new URL(path, "http://localhost").searchParams.get("coins"));
      const exact = { coins, amount: 50, currency: "usd" };
      return answer(200, { currency: "usd", packs: [{ id: 7, coins: 200, amount: 249, currency: "usd" }], exact });
    }
    posted.push({ path: `${method} ${path}`, body: JSON.parse(body ?? "{}") as Record<string, unknown> });
    if (refusal) return answer(refusal.status, { code: refusal.code, details: refusal.details ?? {} });
    return answer(201, { balance_coins: 12 - posted.length });
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function open(page: Partial<StreamPage> = {}): Promise<Tray> {
  const tray = new Tray("s1");
  const visit = new Visit(STREAM, { makeSocket: () => ({ start: () => undefined, stop: () => undefined, send: () => true, retryNow: () => undefined }) });
  render(<TrayPanel tray={tray} visit={visit} page={{ ...PAGE, ...page }} onClose={() => (closed += 1)} />);
  await screen.findByRole("button", { name: /^rose/ });
  return tray;
}
const button = (name: RegExp): HTMLElement => screen.getByRole("button", { name });
const settled = (): Promise<void> => new Promise((done) => setTimeout(done));

test("each gift says its coins and its money, for as many as are chosen", async () => {
  await open();
  expect(button(/^star/).getAttribute("aria-label")).toBe("star, 5 coins, 0.06 USD");
  expect(screen.getByText("Sandbox: no real money.")).toBeTruthy();
  for (let n = 0; n < 9; n += 1) fireEvent.click(button(/One more/));
  expect(button(/^star/).getAttribute("aria-label")).toBe("star ×10, 50 coins, 0.62 USD");
});

test("one tap sends, each under an id of its own, and the balance goes down at once", async () => {
  await open();
  fireEvent.click(button(/^rose/));
  fireEvent.click(button(/^rose/));
  expect(screen.getByText("10 coins")).toBeTruthy();
  await settled();
  expect(posted.map(({ path }) => path)).toEqual(Array(2).fill("POST /api/streams/s1/gift"));
  expect(posted.map(({ body }) => [body["gift"], body["quantity"], body["anonymous"]])).toEqual(
    Array(2).fill(["rose", 1, false]),
  );
  const ids = posted.map(({ body }) => String(body["request_id"]));
  expect(new Set(ids).size).toBe(2);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("holding taps again and again, and letting go is not a tap more", async () => {
  await open();
  vi.useFakeTimers();
  const rose = button(/^rose/);
  fireEvent.pointerDown(rose, { button: 0 });
  vi.advanceTimersByTime(HELD_AFTER_MS + 3 * AGAIN_EVERY_MS);
  fireEvent.pointerUp(rose);
  fireEvent.click(rose);
  vi.advanceTimersByTime(5000);
  vi.useRealTimers();
  await settled();
  expect(posted.length).toBe(4);
});

test("too few coins lead to exactly the missing ones, with the price", async () => {
  await open();
  for (let n = 0; n < 2; n += 1) fireEvent.click(button(/One more/));
  fireEvent.click(button(/^star/));
  expect((await screen.findByRole("alert")).textContent).toContain("You need 3 more coins for star.");
  const exactly = await screen.findByRole("button", { name: "Buy exactly 3 for 0.50 USD" });
  refusal = { status: 400, code: "spend_limit_reached" };
  fireEvent.click(exactly);
  expect((await screen.findByText(/more than your limit/)).textContent).toContain("Nothing was paid.");
  expect(posted).toEqual([
    { path: "POST /api/payments/checkout", body: { coins: 3, currency: "usd", next: "/stream/s1?gift=star" } },
  ]);
});

test.each([
  ["wallet_frozen", 403, /frozen/],
  ["own_channel", 403, /your own channel/],
  ["too_young", 403, /not old enough/],
  ["email_unconfirmed", 403, /Confirm your e-mail/],
  ["stream_not_live", 409, /while the stream is live/],
  ["stream_over", 410, /has ended/],
  ["ticket_required", 402, /have a ticket/],
  ["gift_changed", 409, /another price/],
])("%s is told in words", async (code, status, told) => {
  await open();
  refusal = { status, code };
  fireEvent.click(button(/^rose/));
  expect((await screen.findByRole("alert")).textContent).toMatch(told);
  expect(screen.getByText("12 coins")).toBeTruthy();
});

test("what cannot work is not offered: one's own channel, a frozen wallet", async () => {
  await open({ isOwn: true });
  expect(button(/^rose/).hasAttribute("disabled")).toBe(true);
  expect(screen.getByRole("alert").textContent).toContain("Gifts come from others.");
  cleanup();
  catalogue = { ...catalogue, wallet: { balance_coins: 12, frozen: true } };
  await open();
  expect(button(/^rose/).hasAttribute("disabled")).toBe(true);
  const link = within(screen.getByRole("alert")).getByRole("link");
  expect(link.getAttribute("href")).toBe("/wallet?next=%2Fstream%2Fs1%3Fgift%3D");
});

test("the keyboard: arrows go from gift to gift, Escape closes", async () => {
  await open();
  button(/^rose/).focus();
  fireEvent.keyDown(button(/^rose/), { key: "ArrowRight" });
  expect(document.activeElement).toBe(button(/^star/));
  fireEvent.keyDown(button(/^star/), { key: "ArrowRight" });
  expect(document.activeElement).toBe(button(/^star/));
  fireEvent.keyDown(button(/^star/), { key: "Escape" });
  expect(closed).toBe(1);
});
