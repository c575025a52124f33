// @vitest-environment happy-dom
import "@preact/signals";
import { cleanup, fireEvent, render, screen, within } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Log } from "../room/Log";
import type { Rank } from "../room/standing";
import { openCard } from "./card";
import { CommandList } from "./commands";
import { answering, type Asked, placeFor } from "./fakes";
import type { Place } from "./place";
import { openReport } from "./report";
import { addTools } from "./tools";
import { words } from "./words";

const ADA = { id: "u1", name: "Ada", messageId: "m1" };
const facts = (rank: Rank) => ({
  user: { id: "u1", username: "ada", display_name: "Ada", avatar_url: null },
  rank,
  since: "2026-01-01T00:00:00Z",
  ban: null,
  timeout: null,
  cautions: [],
  history: [],
  messages: [{ id: "m0", text: "gone", at: "2026-01-01T00:00:00Z", removed: true }],
});
const CARD = "GET /api/channels/jonas/people/u1";

beforeEach(() => {
  document.body.replaceChildren();
  const toasts = document.createElement("div");
  toasts.id = "toasts";
  document.body.append(toasts);
});

afterEach(() => {
  document.querySelector("dialog")?.close();
  cleanup();
  vi.unstubAllGlobals();
});

function say(place: Place, id: string, role = "viewer", user = "u1"): void {
  const author = { id: user, name: user === "u1" ? "Ada" : "Mo", role };
  place.chat.handle({ type: "chat:message", seq: Number(id.slice(1)), id, client_id: null, kind: "chat", user: author, text: `line ${id}`, at: "" });
}

/** The lines of a chat with the team's tools. */
async function linesOf(place: Place): Promise<HTMLElement[]> {
  const { container } = render(<Log chat={place.chat} />);
  await screen.findByText("line m1");
  addTools(screen.getByRole("log"), place);
  return [...container.querySelectorAll<HTMLElement>("[data-person]")];
}

const acts = (asked: readonly Asked[]): string[] => asked.filter(({ method }) => method !== "GET").map(({ method, url }) => `${method} ${url}`);

test("by key: delete a line and go to the next, time out with a way back, ban after a question", async () => {
  const asked = answering({ [CARD]: { status: 200, json: facts("nobody") } });
  const place = placeFor("moderator");
  say(place, "m1");
  say(place, "m2");
  const [first, second] = await linesOf(place);
  first?.focus();
  fireEvent.keyDown(first as HTMLElement, { key: "d" });
  expect(document.activeElement).toBe(second);
  fireEvent.keyDown(second as HTMLElement, { key: "t" });
  fireEvent.click(await screen.findByText(words.undo));
  await screen.findByText(words.done.timeoutEnded("Ada"));
  expect(acts(asked)).toEqual([
    "DELETE /api/streams/s1/messages/m1",
    "PUT /api/channels/jonas/timeouts/u1",
    "DELETE /api/channels/jonas/timeouts/u1",
  ]);
  expect(asked.find(({ method }) => method === "PUT")?.body).toEqual({ seconds: 600, reason: "" });

  fireEvent.keyDown(second as HTMLElement, { key: "b" });
  const yes = await screen.findByText(words.banYes("Ada"));
  expect(acts(asked)).toHaveLength(3);
  fireEvent.click(yes);
  await screen.findByText(words.done.banned("Ada"));
  expect(asked.find(({ url }) => url.includes("/bans/"))).toMatchObject({
    method: "PUT",
    body: { reason: "", purge: true, with_networks: false },
  });
  expect(document.querySelector("dialog")).toBeNull();
  for (let times = 0; times < 2; times += 1) fireEvent.keyDown(second as HTMLElement, { key: "u" });
  await screen.findByText(words.done.unbanned("Ada"));
  expect(acts(asked).slice(-2)).toEqual(["PUT /api/channels/jonas/bans/u1", "DELETE /api/channels/jonas/bans/u1"]);
});

test("typing into the chat is typing, and a key with Ctrl is the browser's", async () => {
  const asked = answering({});
  const place = placeFor("moderator");
  say(place, "m1");
  const [name] = await linesOf(place);
  fireEvent.keyDown(name as HTMLElement, { key: "d", ctrlKey: true });
  fireEvent.keyDown(screen.getByRole("log"), { key: "d" });
  expect(acts(asked)).toEqual([]);
});

test.each([
  ["moderator", "creator", false],
  ["moderator", "staff", false],
  ["moderator", "lead", false],
  ["moderator", "moderator", false],
  ["moderator", "vip", true],
  ["lead", "moderator", true],
  ["owner", "lead", true],
  ["owner", "staff", false],
] as const)("a %s has tools on the line of a %s: %s", async (rank, role, has) => {
  const asked = answering({});
  const place = placeFor(rank);
  say(place, "m1", role);
  const [name] = await linesOf(place);
  name?.focus();
  expect(screen.queryByRole("toolbar") !== null).toBe(has);
  fireEvent.keyDown(name as HTMLElement, { key: "t" });
  expect(acts(asked)).toHaveLength(has ? 1 : 0);
});

test("of oneself only the words can be taken away", async () => {
  const asked = answering({});
  const place = placeFor("moderator");
  say(place, "m1", "moderator", "me");
  const [name] = await linesOf(place);
  name?.focus();
  expect(within(screen.getByRole("toolbar")).getAllByRole("button")).toHaveLength(1);
  for (const key of ["t", "b", "w", "d"]) fireEvent.keyDown(name as HTMLElement, { key });
  expect(acts(asked)).toEqual(["DELETE /api/streams/s1/messages/m1"]);
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("a viewer's card blocks at once and has nothing of the team's", async () => {
  const { user, rank, since } = facts("nobody");
  const asked = answering({ [CARD]: { status: 200, json: { user, rank, since } } });
  const place = placeFor("nobody");
  say(place, "m1");
  openCard(place, ADA);
  fireEvent.click(await screen.findByText(words.block));
  await screen.findByText(words.blocked);
  expect(place.chat.log.rows.value).toEqual([]);
  expect(screen.queryByText(words.moderate)).toBeNull();
  fireEvent.click(screen.getByText(words.unblock));
  await screen.findByText(words.unblocked);
  expect(acts(asked)).toEqual(["POST /api/users/u1/block", "DELETE /api/users/u1/block"]);
  expect(place.chat.log.hidden.has("u1")).toBe(false);
});

test.each([
  ["moderator", [], false],
  ["lead", [words.makeVip, words.makeModerator], true],
  ["owner", [words.makeVip, words.makeModerator, words.makeLead], true],
] as const)("a %s may give the roles %j", async (rank, roles, networks) => {
  answering({ [CARD]: { status: 200, json: facts("nobody") } });
  openCard(placeFor(rank), ADA);
  await screen.findByText(words.moderate);
  const offered = [words.makeVip, words.makeModerator, words.makeLead].filter((label) => screen.queryByText(label));
  expect(offered).toEqual(roles);
  fireEvent.click(screen.getByText(words.ban));
  await screen.findByText(words.banYes("Ada"));
  expect(screen.queryByText(words.networks) !== null).toBe(networks);
});

test("what was removed is struck, also for those who only hear it; what is refused is said", async () => {
  answering({
    [CARD]: { status: 200, json: facts("nobody") },
    "PUT /api/channels/jonas/timeouts/u1": { status: 403, json: { code: "not_your_place", details: { reason: "target" } } },
  });
  openCard(placeFor("moderator"), ADA);
  expect((await screen.findByText("gone")).tagName).toBe("S");
  expect(screen.getByText(words.removed)).toBeTruthy();
  fireEvent.click(screen.getByText(words.lasting(10)));
  expect((await screen.findByRole("alert")).textContent).toBe("They have your role here, or a higher one.");
});

test("a report says what, is sent once it says why, and says that it was sent", async () => {
  const asked = answering({ "POST /api/reports": { status: 201, json: { id: "r1", state: "open" } } });
  openReport({ isGuest: false, signInUrl: "/in" }, { kind: "message", id: "m1", about: "buy my coins" });
  await screen.findByText("buy my coins");
  fireEvent.click(screen.getByText(words.report.send));
  expect((await screen.findByRole("alert")).textContent).toBe(words.report.choose);
  expect(acts(asked)).toEqual([]);
  fireEvent.click(screen.getByLabelText("Spam or scam"));
  fireEvent.input(screen.getByLabelText(words.report.note), { target: { value: " again " } });
  fireEvent.click(screen.getByText(words.report.send));
  await screen.findByText(words.report.sent);
  expect(asked.at(-1)?.body).toEqual({ subject: "message", subject_id: "m1", category: "spam", note: "again" });
});

test("a guest is asked to sign in", async () => {
  const asked = answering({});
  openReport({ isGuest: true, signInUrl: "/in" }, { kind: "stream", id: "s1", about: "Cello" });
  expect((await screen.findByText(words.signIn)).getAttribute("href")).toBe("/in");
  openCard(placeFor("nobody", null), ADA);
  expect((await screen.findByText(words.signIn)).getAttribute("href")).toBe("/in");
  expect(asked).toEqual([]);
});

test("who is blocked by a command goes at once too", async () => {
  answering({ "GET /api/users/Ada": { status: 200, json: { id: "u1", display_name: "Ada" } } });
  const place = placeFor("nobody");
  say(place, "m1");
  place.chat.send("/block @Ada");
  place.chat.handle({ type: "chat:told", client_id: "c1", code: "done", text: "You blocked Ada." });
  await vi.waitFor(() => expect(place.chat.log.rows.value.map(({ kind }) => kind)).toEqual(["note"]));
  place.chat.send("/unblock ada");
  answering({ "GET /api/users/ada": { status: 200, json: { id: "u1", display_name: "Ada" } } });
  place.chat.handle({ type: "chat:told", client_id: "c1", code: "done", text: "" });
  await vi.waitFor(() => expect(place.chat.log.hidden.has("u1")).toBe(false));
});

test("commands are found by how they begin, and only one's own", () => {
  const names = (draft: string, rank: Rank): string[] => CommandList.matching(draft, rank).map(({ name }) => name);
  expect(names("/", "nobody")).toEqual(["block", "unblock", "mods", "vips", "help"]);
  expect(names("/un", "moderator")).toEqual(["unblock", "untimeout", "unban"]);
  expect(names("/un", "lead")).toEqual(["unblock", "untimeout", "unban", "unmod", "unvip"]);
  expect(names("/timeout ada 10m", "moderator")).toEqual(["timeout"]);
  expect(names("/timeout ada", "nobody")).toEqual([]);
});
