// @vitest-environment happy-dom
import "@preact/signals";
import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ServerEvent, TipCard } from "../../realtime/events.gen";
import { Chat } from "./chat";
import { Log } from "./Log";
import type { Message } from "./log";
import { Pinned } from "./Pinned";
import { Pins } from "./pins";

const NOW = Date.parse("2026-01-01T12:00:00Z");
let chat: Chat;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  chat = new Chat("s1", () => true, { nextFrame: (act) => act(), setTimeout: () => undefined, newId: () => "c1", standing: { ask: () => Promise.resolve(null), now: Date.now } });
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function tip(id: string, seconds: number | null, tier = 2, text = `words of ${id}`): Extract<ServerEvent, { type: "chat:message" }> {
  const pinned = seconds === null ? null : new Date(NOW + seconds * 1000).toISOString();
  const card: TipCard = { kind: "tip", tip: `t-${id}`, amount: tier * 250, currency: "usd", tier, pinned_until: pinned };
  const user = { id: "u1", name: "Ada", role: "viewer" };
  return { type: "chat:message", seq: 1, id, client_id: null, kind: "tip", user, text, at: new Date(NOW).toISOString(), card };
}

function welcome(pins: readonly ServerEvent[], history: readonly ServerEvent[]): void {
  chat.welcome(
    {
      type: "room:welcome",
      seq: 1,
      viewers: 1,
      heartbeat_seconds: 10,
      you: { name: "Bob", role: "viewer", can_chat: true, can_chat_reason: null },
      history,
      state: { status: "live", live: true, paused: false, pins, modes: { emote_only: false, shield: false } },
    },
    true,
  );
}

test("the largest comes first, each once, and only while its time runs", () => {
  let now = NOW;
  const pins = new Pins(() => now);
  const ids = (): string[] => pins.list.value.map(({ message }) => message.id);
  pins.start([tip("small", 60), tip("large", 30, 5), tip("small", 60), tip("none", null), tip("over", -1)] as Message[]);
  expect(ids()).toEqual(["large", "small"]);
  now += 31_000;
  pins.prune();
  expect(ids()).toEqual(["small"]);
  pins.remove("small");
  expect(ids()).toEqual([]);
});

test("a newcomer sees what was pinned before, and not what was taken down meanwhile", () => {
  chat.handle(tip("gone", 60));
  welcome([tip("m1", 600)], [tip("m1", 600), tip("m2", 60)]);
  expect(chat.pins.list.value.map(({ message }) => message.id)).toEqual(["m1", "m2"]);
});

test("a pin counts down, opens on a tap and goes when its time is over", async () => {
  render(<Pinned chat={chat} />);
  chat.handle(tip("m1", 90));
  const pin = await screen.findByRole("button");
  expect(pin.textContent).toContain("1:30");
  expect(screen.queryByText("words of m1")).toBeNull();
  fireEvent.click(pin);
  expect(await screen.findByText("words of m1")).toBeTruthy();
  await vi.advanceTimersByTimeAsync(1000);
  expect(pin.textContent).toContain("1:29");
  await vi.advanceTimersByTimeAsync(90_000);
  expect(screen.queryByRole("region")).toBeNull();
});

test("what is removed loses its words and its pin, and stays a card; a plain line goes", async () => {
  const { container } = render(
    <>
      <Pinned chat={chat} />
      <Log chat={chat} />
    </>,
  );
  chat.handle(tip("m1", 90));
  chat.handle({ ...tip("m2", null), card: null, kind: "chat", text: "a plain line" });
  expect(await screen.findByText("words of m1")).toBeTruthy();
  chat.handle({ type: "chat:removed", seq: 2, id: "m1" });
  chat.handle({ type: "chat:removed", seq: 3, id: "m2" });
  await vi.advanceTimersByTimeAsync(0);
  expect(screen.queryByText("words of m1")).toBeNull();
  expect(screen.queryByText("a plain line")).toBeNull();
  expect(container.querySelectorAll("[data-tip]")).toHaveLength(1);
  expect(screen.queryByRole("region")).toBeNull();
});

test("a gift is a card, with words that are never markup", async () => {
  const { container } = render(<Log chat={chat} />);
  const card = { kind: "gift", gift: "rose", name: "<b>Rose</b>", animation: "float", rarity: "common", quantity: 3, coins: 3, combo: "c" } as const;
  chat.handle({ ...tip("m1", null), user: null, kind: "gift", card, text: "" });
  expect(await screen.findByText("<b>Rose</b>")).toBeTruthy();
  expect(container.textContent).toContain("Somebody gave <b>Rose</b> × 3");
  expect(container.textContent).toContain("3 coins");
});

test("only who moderates may take down, and is asked twice", async () => {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (path: string) => {
    asked.push(path);
    return Promise.resolve(new Response(null, { status: 204 }));
  });
  render(<Log chat={chat} />);
  chat.handle(tip("m1", 90));
  expect(await screen.findByText("words of m1")).toBeTruthy();
  expect(screen.queryByText("Take down")).toBeNull();
  cleanup();
  chat.moderates.value = true;
  render(<Log chat={chat} />);
  fireEvent.click(await screen.findByText("Take down"));
  expect(asked).toEqual([]);
  fireEvent.click(await screen.findByText("Take it down"));
  await vi.waitFor(() => expect(asked).toEqual(["/api/streams/s1/tips/t-m1/take-down"]));
  vi.unstubAllGlobals();
});
