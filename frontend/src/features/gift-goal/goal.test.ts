import { afterEach, expect, test, vi } from "vitest";
import type { Goal } from "../gifts/types";
import { GoalModel, percentOf } from "./goal";

const NONE: Goal = { id: null, title: "", target_coins: 0, coins: 0, reached_at: null };
const STRINGS: Goal = { id: "g1", title: "New strings", target_coins: 300, coins: 0, reached_at: null };

let asked: string[];

function answers(status: number, body: unknown): GoalModel {
  asked = [];
  vi.stubGlobal("document", { cookie: "" });
  vi.stubGlobal("fetch", (url: string, { method, body: sent }: { method: string; body?: string }) => {
    asked.push(`${method} ${url} ${sent ?? ""}`);
    return Promise.resolve(new Response(body === null ? null : JSON.stringify(body), { status }));
  });
  return new GoalModel("s1");
}
afterEach(() => vi.unstubAllGlobals());

test.each<[number, string | null, number]>([
  [0, null, 0],
  [2, null, 0],
  [150, null, 50],
  [299, null, 99],
  [300, null, 100],
  [-5, null, 0],
  [290, "2026-11-20T20:00:00Z", 100],
])("%d of 300 coins, reached at %s, is %d %%", (coins, reached_at, percent) => {
  expect(percentOf({ ...STRINGS, coins, reached_at })).toBe(percent);
});

test("the room's word is the latest, also that there is none any more", async () => {
  const model = answers(200, STRINGS);
  await model.load();
  expect(model.goal.value).toEqual(STRINGS);
  model.handle({ type: "goal:changed", ...STRINGS, coins: 40 });
  expect(model.goal.value?.coins).toBe(40);
  model.handle({ type: "goal:changed", ...NONE });
  expect(model.goal.value).toBeNull();
});

test("a goal is set, and removed", async () => {
  const model = answers(200, STRINGS);
  expect(await model.save("New strings", 300)).toBe(true);
  expect(asked).toEqual(['PUT /api/streams/s1/goal {"title":"New strings","target_coins":300}']);
  expect(model.goal.value).toEqual(STRINGS);
  expect(await model.remove()).toBe(true);
  expect(model.goal.value).toBeNull();
});

test("what the server does not take is named, and the goal stays as it was", async () => {
  const model = answers(400, { code: "invalid_input", details: { target_coins: ["Too much."] } });
  expect(await model.save("x", 10 ** 9)).toBe(false);
  expect([[...model.faults.value], model.goal.value, model.state.value]).toEqual([["target_coins"], null, "failed"]);
});
