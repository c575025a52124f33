// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { answering } from "../moderation/fakes";
import { type ActedLine, lastActs, undoOf } from "./acted";
import { Column, type HeldLine, type TeamModes } from "./column";

const C = "/api/channels/jonas";
const HELD = `GET ${C}/held?stream=s1&limit=100`;
const TRAIL = `GET ${C}/trail?limit=50`;
const MODES: TeamModes = { slow_seconds: null, followers_minutes: null, emote_only: false, links: "hold", automod_level: 0, shield: false };

function held(id: string, text = "see example.com"): HeldLine {
  return { id, user: { id: "u1", name: "Ben", role: "viewer" }, text, reason: "link", piece: "example.com", at: "2026-11-20T20:00:00Z" };
}

function event(id: string, action: string, more: object = {}): object {
  return { id, at: "2026-11-20T20:00:00Z", action, by: null, whom: null, reason: "", before: null, after: null, changes: "", ...more };
}

function answers(more: Record<string, { status: number; json?: unknown }> = {}) {
  return answering({
    [HELD]: { status: 200, json: { results: [held("h1")] } },
    [`GET ${C}/reports`]: { status: 200, json: { results: [] } },
    [TRAIL]: { status: 200, json: { results: [] } },
    [`GET ${C}/chat-modes`]: { status: 200, json: MODES },
    ...more,
  });
}

const ids = (column: Column): string[] => column.held.value.map(({ id }) => id);

beforeEach(() => vi.useFakeTimers({ now: Date.parse("2026-11-20T20:00:00Z") }));
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("what waits is asked for, then kept up by the room's events", async () => {
  answers();
  const column = new Column("jonas", "s1");
  expect(column.loads.value.held).toBe("loading");
  await column.load();
  expect(column.loads.value).toEqual({ held: "ready", reports: "ready", recent: "ready", modes: "ready" });
  column.hear({ type: "held:added", ...held("h2") });
  column.hear({ type: "held:added", ...held("h2") });
  expect(ids(column)).toEqual(["h1", "h2"]);
  column.hear({ type: "held:decided", id: "h1", state: "denied", by: { id: "m", name: "Mo" } });
  expect(ids(column)).toEqual(["h2"]);
  expect(column.waiting.value).toBe(1);
});

test("what happens while an answer is on its way is not lost, and does not come back", async () => {
  answers({ [HELD]: { status: 200, json: { results: [held("h1"), held("h2")] } } });
  const column = new Column("jonas", "s1");
  const loaded = column.load();
  column.hear({ type: "held:decided", id: "h1", state: "dropped", by: null });
  column.hear({ type: "held:added", ...held("h3") });
  await loaded;
  expect(ids(column)).toEqual(["h2", "h3"]);
});

test("after a break the list is as the server has it", async () => {
  answers();
  const column = new Column("jonas", "s1");
  await column.load();
  answers({ [HELD]: { status: 200, json: { results: [held("h9")] } } });
  await column.load();
  expect(ids(column)).toEqual(["h9"]);
});

test("a failed first load says so and can be tried again; a later one leaves what is there", async () => {
  answers({ [HELD]: { status: 500 } });
  const column = new Column("jonas", "s1");
  await column.load();
  expect(column.loads.value.held).toBe("failed");
  answers();
  await column.loadPart("held");
  expect(column.loads.value.held).toBe("ready");
  answers({ [HELD]: { status: 500 } });
  await column.load();
  expect([column.loads.value.held, ids(column)]).toEqual(["ready", ["h1"]]);
});

test("deciding takes a line away; a refusal leaves it and says why", async () => {
  const asked = answers({ [`POST ${C}/held/h1`]: { status: 403, json: { code: "not_your_place", details: { reason: "rank" } } } });
  const column = new Column("jonas", "s1");
  await column.load();
  expect(await column.decide("h1", true)).toBe(false);
  expect(ids(column)).toEqual(["h1"]);
  expect(column.told.value).toEqual({ words: "Your role here does not let you do that.", failed: true });
  expect(column.busy.value.size).toBe(0);
  expect(asked.at(-1)?.body).toEqual({ approve: true });

  answers({ [`POST ${C}/held/h1`]: { status: 200, json: { id: "h1", state: "approved" } } });
  expect(await column.decide("h1", true)).toBe(true);
  expect([ids(column), column.told.value]).toEqual([[], null]);
});

test("of two who decide the slower one is told, and the line goes", async () => {
  answers({ [`POST ${C}/held/h1`]: { status: 409, json: { code: "decided", details: { state: "denied" } } } });
  const column = new Column("jonas", "s1");
  await column.load();
  await column.decide("h1", true);
  expect([ids(column), column.told.value?.words]).toEqual([[], "Somebody else of the team decided this."]);
});

test("many events ask once, and once more for what came meanwhile", async () => {
  const asked = answers();
  const column = new Column("jonas", "s1");
  for (let n = 0; n < 20; n += 1) column.hear({ type: "report:added", case_id: `c${n}`, subject: "message", subject_id: "m", category: "spam", count: 1, at: "" });
  await vi.waitFor(() => expect(column.loads.value.reports).toBe("ready"));
  await vi.waitFor(() => expect(asked.filter(({ url }) => url.endsWith("/reports"))).toHaveLength(2));
});

test("what was switched is undone by what was before", async () => {
  const before = { slow_seconds: null, links: "allow" };
  const asked = answers({
    [TRAIL]: { status: 200, json: { results: [event("e1", "modes.changed", { before, after: { slow_seconds: 30, links: "hold" } })] } },
    [`PATCH ${C}/chat-modes`]: { status: 200, json: { ...MODES, links: "allow" } },
  });
  const column = new Column("jonas", "s1");
  await column.load();
  const [line] = column.recent.value;
  expect(line && (await column.undo(line))).toBe(true);
  expect(asked.at(-1)).toEqual({ method: "PATCH", url: `${C}/chat-modes`, body: before });
  expect(column.modes.value?.links).toBe("allow");
});

describe("what can be undone", () => {
  const ben = { id: "u1", name: "Ben" };
  const ada = { id: "u2", name: "Ada" };
  const later = "2026-11-20T20:10:00Z";
  const line = (id: string, action: string, more: Partial<ActedLine> = {}): ActedLine => ({ ...(event(id, action) as ActedLine), until: null, ...more });
  const undone = (lines: readonly ActedLine[]): string[] =>
    lines.filter((one) => undoOf(one, lastActs(lines), Date.now()) !== null).map(({ id }) => id);

  test("the newest of what holds for a person, and not what it took the place of", () => {
    expect(
      undone([
        line("banned", "person.banned", { whom: ben }),
        line("silenced", "person.timed_out", { whom: ben, until: later }),
        line("other", "person.timed_out", { whom: ada, until: later }),
      ]),
    ).toEqual(["banned", "other"]);
    expect(undone([line("unbanned", "person.unbanned", { whom: ben }), line("banned", "person.banned", { whom: ben })])).toEqual([]);
  });

  test("no timeout that is over, no deleted line, no warning", () => {
    expect(
      undone([
        line("over", "person.timed_out", { whom: ben, until: "2026-11-20T19:59:00Z" }),
        line("deleted", "message.deleted", { whom: ben }),
        line("warned", "person.warned", { whom: ada }),
      ]),
    ).toEqual([]);
  });

  test("modes under a raised shield only by lowering it", () => {
    expect(undone([line("up", "shield.raised"), line("modes", "modes.changed", { before: { slow_seconds: 3 } })])).toEqual(["up"]);
    expect(undone([line("down", "shield.lowered"), line("up", "shield.raised")])).toEqual([]);
  });
});
