import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AFTER_MS, Board, PER_VIEWER_MS } from "./board";

let asked: number;
let status: number;
let timers: { act: () => void; in: number }[];
let board: Board;
const settled = (): Promise<void> => new Promise((done) => setTimeout(done));

beforeEach(() => {
  [asked, status, timers] = [0, 200, []];
  vi.stubGlobal("document", { cookie: "" });
  vi.stubGlobal("fetch", () => {
    asked += 1;
    return Promise.resolve(new Response(JSON.stringify({ places: [], you: null }), { status }));
  });
  board = new Board("/api/x", { setTimeout: (act, ms) => timers.push({ act, in: ms }), random: () => 1 });
});
afterEach(() => vi.unstubAllGlobals());

test("many gifts are one question, and the more watch the later it comes", async () => {
  board.watch(true);
  await settled();
  for (let n = 0; n < 100; n += 1) board.poke(5000);
  expect([asked, timers.length]).toEqual([1, 1]);
  expect(timers[0]?.in).toBe(2 * AFTER_MS + 5000 * PER_VIEWER_MS);
  timers.pop()?.act();
  await settled();
  expect(asked).toBe(2);
});

test("while nobody looks nothing is asked, and then once", async () => {
  board.poke(1);
  expect([asked, timers.length]).toEqual([0, 0]);
  board.watch(true);
  await settled();
  board.watch(false);
  board.watch(true);
  await settled();
  expect(asked).toBe(1);
  board.poke(1);
  board.watch(false);
  timers.pop()?.act();
  await settled();
  expect(asked).toBe(1);
  board.watch(true);
  await settled();
  expect(asked).toBe(2);
});

test("one that cannot be had says so, and stays as it was when it was there before", async () => {
  status = 500;
  await board.load();
  expect(board.state.value).toBe("failed");
  status = 200;
  await board.load();
  status = 500;
  await board.load();
  expect([board.state.value, board.board.value]).toEqual(["ready", { places: [], you: null }]);
});
