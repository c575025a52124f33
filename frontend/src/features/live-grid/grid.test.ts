import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Card, CardPage } from "../../api/types";
import type { ServerEvent } from "../../realtime/events.gen";
import { LiveGrid } from "./grid";

function card(id: string, current = 0): Card {
  return {
    id,
    url: `/stream/${id}`,
    title: `Title of ${id}`,
    status: "live",
    visibility: "public",
    tags: [],
    mature: false,
    ticketed: false,
    paused: false,
    gifts_total_coins: 0,
    scheduled_at: null,
    ended_at: null,
    duration_seconds: null,
    creator: { id: "u1", username: "alice", display_name: "Alice", avatar_url: null },
    viewers: { current, peak: current, total: current },
    started_at: "2026-01-01T00:00:00Z",
    thumbnail: null,
  };
}

const page = (cards: Card[], next: string | null = null): CardPage => ({ next, previous: null, results: cards });
const event = (type: string, content: object): ServerEvent => ({ type, ...content }) as unknown as ServerEvent;
const ids = (grid: LiveGrid): string[] => grid.cards.value.map((shown) => shown.id);

let answers: (CardPage | null)[];
let asked: string[];

beforeEach(() => {
  answers = [];
  asked = [];
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url);
    const answer = answers.shift();
    return Promise.resolve(
      answer ? new Response(JSON.stringify(answer)) : new Response('{"code":"busy","details":{}}', { status: 503 }),
    );
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

test("a stream that starts comes first, and comes once", () => {
  const grid = new LiveGrid(page([card("a")]));
  grid.handle(event("live:started", { stream: card("b") }));
  grid.handle(event("live:started", { stream: card("b", 4) }));
  expect(ids(grid)).toEqual(["b", "a"]);
  expect(grid.cards.value[0]?.viewers.current).toBe(4);
});

test("a count changes in place; a stream that is not on the page stays off it", () => {
  const grid = new LiveGrid(page([card("a"), card("b")]));
  grid.handle(event("live:updated", { stream: card("b", 90) }));
  grid.handle(event("live:updated", { stream: card("elsewhere", 9) }));
  expect(ids(grid)).toEqual(["a", "b"]);
  expect(grid.cards.value[1]?.viewers.current).toBe(90);
});

test("a stream that ends goes", () => {
  const grid = new LiveGrid(page([card("a"), card("b")]));
  grid.handle(event("live:ended", { id: "a" }));
  expect(ids(grid)).toEqual(["b"]);
});

test("more streams follow the ones shown, each once", async () => {
  const grid = new LiveGrid(page([card("a"), card("b")], "http://elsewhere/api/streams/live?cursor=x"));
  answers = [page([card("b"), card("c")])];
  await grid.loadMore();
  expect(asked).toEqual(["/api/streams/live?cursor=x"]);
  expect(ids(grid)).toEqual(["a", "b", "c"]);
  expect(grid.more.value).toBe("none");
});

test("more streams that do not load can be asked for again", async () => {
  const grid = new LiveGrid(page([card("a")], "/api/streams/live?cursor=x"));
  answers = [null, page([card("b")])];
  await grid.loadMore();
  expect(grid.more.value).toBe("failed");
  await grid.loadMore();
  expect(ids(grid)).toEqual(["a", "b"]);
});

test("after the lobby was out of reach, what ended meanwhile is gone and what began is there", async () => {
  const grid = new LiveGrid(page([card("a"), card("b")]));
  answers = [page([card("c"), card("b", 7)])];
  await grid.refresh();
  expect(ids(grid)).toEqual(["c", "b"]);
  expect(grid.cards.value[1]?.viewers.current).toBe(7);
});

test("an answer older than what the lobby said does not undo it", async () => {
  let now = 0;
  const grid = new LiveGrid(page([card("a")]), () => now);
  grid.handle(event("live:started", { stream: card("b") }));
  grid.handle(event("live:ended", { id: "a" }));
  const stale = page([card("a")]);
  answers = [stale, stale];
  await grid.refresh();
  expect(ids(grid)).toEqual(["b"]);
  now = 6000;
  await grid.refresh();
  expect(ids(grid)).toEqual(["a"]);
});
