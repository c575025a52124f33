// @vitest-environment happy-dom
import "@preact/signals";
import { act, cleanup, render, screen } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Announcer, TELL_EVERY_MS } from "./announcer";
import { Layer } from "./Layer";
import { GATHER_MS, GiftShow, SHOWN_MS } from "./show";
import type { GiftSent } from "./types";

let still: boolean;
let show: GiftShow;
let announcer: Announcer;
let container: Element;
let ids: number;

beforeEach(() => {
  vi.useFakeTimers();
  [still, ids] = [false, 0];
  const later = (act: () => void, milliseconds: number): unknown => setTimeout(act, milliseconds);
  show = new GiftShow({ setTimeout: later, now: () => Date.now(), isStill: () => still, isHidden: () => false });
  announcer = new Announcer(later);
  ({ container } = render(<Layer show={show} announcer={announcer} isStill={() => still} />));
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function give(gift: string, animation: string, told: { name?: string; who?: string | null; streak?: string } = {}): void {
  const { name = gift, who = "Ada", streak = `s${ids}` } = told;
  ids += 1;
  const event: GiftSent = {
    type: "gift:sent",
    id: `g${ids}`,
    user: who === null ? null : { id: "u1", name: who },
    gift,
    name,
    animation,
    rarity: "rare",
    quantity: 1,
    coins: 5,
    combo: { id: streak, quantity: 1, coins: 5, ends_at: "2026-01-01T00:00:00.000Z" },
    at: "2026-01-01T00:00:00.000Z",
  };
  show.receive(event);
  announcer.receive(event);
}
async function pass(milliseconds: number): Promise<void> {
  await act(async () => {
    await vi.advanceTimersByTimeAsync(milliseconds);
  });
}
const nodes = (): number => container.querySelectorAll(".gift-show *").length;

test("all that was drawn is taken away again", async () => {
  const before = nodes();
  for (const animation of ["float", "burst", "fireworks", "confetti", "of-next-year"]) give(animation, animation);
  await pass(GATHER_MS);
  expect(container.querySelectorAll(".gift-float, .gift-burst, .gift-across").length).toBeGreaterThan(3);
  await pass(3 * SHOWN_MS);
  expect(nodes()).toBe(before);
});

test("who wants nothing to move sees cards, also for a gift across the picture", async () => {
  still = true;
  for (const animation of ["float", "burst", "fireworks"]) give(animation, animation);
  await pass(GATHER_MS);
  expect(container.querySelectorAll(".gift-float, .gift-burst, canvas").length).toBe(0);
  expect(container.querySelectorAll(".gift-card").length).toBe(2);
  expect(container.querySelector(".gift-banner")?.textContent).toContain("Ada sent fireworks");
  await pass(SHOWN_MS);
  expect(container.querySelector(".gift-banner")).toBeNull();
});

test("what people are called is never markup, and who gives without a name has none", async () => {
  give("rose", "float", { who: "<b>Eve</b>", name: "<img src=x>" });
  give("rose", "float", { who: null });
  await pass(GATHER_MS);
  expect(screen.getByText("<b>Eve</b>")).toBeTruthy();
  expect(screen.getByText("Anonymous")).toBeTruthy();
  expect(container.querySelector("b b, img")).toBeNull();
});

test("screen readers hear of many gifts in one sentence", async () => {
  for (let n = 0; n < 3; n += 1) give("rose", "float", { name: "Rose", streak: "same" });
  for (let n = 0; n < 20; n += 1) give("star", "burst", { name: "Star", who: `Fan ${n}` });
  const region = screen.getByRole("status");
  await pass(TELL_EVERY_MS - 1);
  expect(region.textContent).toBe("");
  await pass(1);
  expect(region.textContent).toBe("Ada gave Rose ×3. Fan 0 gave Star ×1. And 19 more gifts.");
});
