// @vitest-environment happy-dom
import "@preact/signals";
import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ServerEvent } from "../../realtime/events.gen";
import { text } from "../../ui/text";
import { FollowModel } from "../follow/model";
import { Chat } from "./chat";
import { Composer } from "./Composer";
import { Log } from "./Log";

const LINKS = { signIn: "/accounts/login/?next=/stream/s1", confirmEmail: "/accounts/email/" };

let sent: object[];
let chat: Chat;

beforeEach(() => {
  sent = [];
  chat = new Chat("s1", (command) => sent.push(command) > 0, {
    nextFrame: (act) => act(),
    setTimeout: () => undefined,
    newId: () => "c1",
    standing: { ask: () => Promise.resolve(null), now: () => Date.now() },
  });
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function welcome(you: { can_chat: boolean; can_chat_reason: string | null }): void {
  chat.welcome(
    {
      type: "room:welcome",
      seq: 0,
      viewers: 1,
      heartbeat_seconds: 10,
      you: { name: "Bob", role: "viewer", ...you },
      history: [],
      state: { status: "live", live: true, paused: false, pins: [], modes: { emote_only: false, shield: false } },
    },
    false,
  );
}

function said(line: string): ServerEvent {
  const user = { id: "u1", name: "<i>Eve</i>", role: "viewer" };
  return { type: "chat:message", seq: 1, id: "m1", client_id: null, kind: "chat", user, text: line, at: "2026-01-01T00:00:00Z" };
}

test("what people write, and what they are called, is never markup", async () => {
  const { container } = render(<Log chat={chat} />);
  chat.handle(said("<img src=x onerror=alert(1)> & <b>bold</b>"));
  expect(await screen.findByText("<img src=x onerror=alert(1)> & <b>bold</b>")).toBeTruthy();
  expect(screen.getByText("<i>Eve</i>")).toBeTruthy();
  expect(container.querySelector("img, b, i")).toBeNull();
});

test.each([
  ["not_signed_in", LINKS.signIn],
  ["email_unconfirmed", LINKS.confirmEmail],
])("who may not write reads why (%s) and where to go", (reason, address) => {
  welcome({ can_chat: false, can_chat_reason: reason });
  render(<Composer chat={chat} links={LINKS} />);
  expect(screen.queryByRole("textbox")).toBeNull();
  expect(screen.getByRole("link").getAttribute("href")).toBe(address);
});

test("Enter sends and empties the field; Shift and Enter do not", async () => {
  welcome({ can_chat: true, can_chat_reason: null });
  render(<Composer chat={chat} links={LINKS} />);
  const field = screen.getByRole<HTMLTextAreaElement>("textbox");
  fireEvent.input(field, { target: { value: "hello" } });
  fireEvent.keyDown(field, { key: "Enter", shiftKey: true });
  expect(sent).toEqual([]);
  fireEvent.keyDown(field, { key: "Enter" });
  expect(sent).toEqual([{ type: "chat:send", client_id: "c1", text: "hello" }]);
  await Promise.resolve();
  expect(field.value).toBe("");
});

test("a text that is too long stays in the field and says by how much", async () => {
  welcome({ can_chat: true, can_chat_reason: null });
  render(<Composer chat={chat} links={LINKS} />);
  const field = screen.getByRole<HTMLTextAreaElement>("textbox");
  fireEvent.input(field, { target: { value: "a".repeat(503) } });
  expect(await screen.findByText(text.chat.tooLong(3))).toBeTruthy();
  fireEvent.keyDown(field, { key: "Enter" });
  expect(sent).toEqual([]);
  expect(field.value).toHaveLength(503);
});

test("a line that failed can be sent again from where it is", async () => {
  render(<Log chat={chat} />);
  chat.send("hello");
  chat.handle({ type: "error", code: "rate_limited", details: { retry_after_seconds: 4 }, client_id: "c1" });
  fireEvent.click(await screen.findByText(text.tryAgain));
  expect(sent).toHaveLength(2);
});

test("an ended stream has no input", () => {
  chat.close();
  render(<Composer chat={chat} links={LINKS} />);
  expect(screen.getByText(text.chat.closed)).toBeTruthy();
});

test("who is timed out sees the seconds go, keeps what was typed, and writes when they are over", async () => {
  vi.useFakeTimers();
  welcome({ can_chat: true, can_chat_reason: null });
  render(<Composer chat={chat} links={LINKS} />);
  const field = screen.getByRole<HTMLTextAreaElement>("textbox");
  fireEvent.input(field, { target: { value: "but I" } });
  chat.standing.take({ can_chat: false, reason: "timed_out", until: new Date(Date.now() + 272_000).toISOString() });
  await vi.advanceTimersByTimeAsync(300);
  expect(screen.getByRole("timer").textContent).toBe("You can write again in 4:32.");
  expect(field.disabled).toBe(true);
  expect(field.value).toBe("but I");
  await vi.advanceTimersByTimeAsync(271_000);
  expect(screen.getByRole("timer").textContent).toBe("You can write again in 0:01.");
  await vi.advanceTimersByTimeAsync(1500);
  expect(screen.queryByRole("timer")).toBeNull();
  expect(field.disabled).toBe(false);
  fireEvent.keyDown(field, { key: "Enter" });
  expect(sent).toEqual([{ type: "chat:send", client_id: "c1", text: "but I" }]);
});

test("whoever follows is asked about once the server knows of it", async () => {
  let follow: (answer: Response) => void = () => undefined;
  vi.stubGlobal("fetch", () => new Promise<Response>((resolve) => (follow = resolve)));
  const refresh = vi.spyOn(chat.standing, "refresh");
  welcome({ can_chat: true, can_chat_reason: null });
  chat.standing.changed({ followers_minutes: 10 });
  chat.standing.take({ can_chat: false, reason: "followers_mode" });
  refresh.mockClear();
  const model = new FollowModel("u9", { following: false, followers: 0 });
  render(<Composer chat={chat} links={LINKS} follow={{ model, signInUrl: null }} />);
  fireEvent.click(screen.getByText(text.follow.follow));
  await screen.findByText(text.follow.following);
  expect(refresh).not.toHaveBeenCalled();
  follow(new Response(JSON.stringify({ following: true, followers: 1 })));
  await vi.waitFor(() => expect(refresh).toHaveBeenCalledOnce());
  vi.unstubAllGlobals();
});

test("a warning is read before the next line", async () => {
  const calls: string[] = [];
  vi.stubGlobal("fetch", (url: string) => {
    calls.push(url);
    return Promise.resolve(new Response(null, { status: 204 }));
  });
  welcome({ can_chat: true, can_chat_reason: null });
  render(<Composer chat={chat} links={LINKS} />);
  chat.standing.take({ can_chat: false, reason: "cautioned", caution: { id: "w1", reason: "No shouting" } });
  fireEvent.click(await screen.findByText("I have read it"));
  await vi.waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
  expect(calls).toEqual(["/api/me/cautions/w1/read"]);
  expect(screen.getByRole<HTMLTextAreaElement>("textbox").disabled).toBe(false);
  vi.unstubAllGlobals();
});

test("after / the commands one may use are chosen by keys", async () => {
  welcome({ can_chat: true, can_chat_reason: null });
  render(<Composer chat={chat} links={LINKS} />);
  const field = screen.getByRole<HTMLTextAreaElement>("textbox");
  fireEvent.input(field, { target: { value: "/" } });
  await screen.findByRole("listbox");
  expect(screen.queryByText("/ban")).toBeNull();
  chat.standing.take({ rank: "moderator", moderates: true });
  fireEvent.input(field, { target: { value: "/t" } });
  await screen.findByText("/timeout");
  fireEvent.keyDown(field, { key: "Enter" });
  expect(sent).toEqual([]);
  await vi.waitFor(() => expect(field.value).toBe("/timeout "));
  fireEvent.input(field, { target: { value: "/timeout ben 10m" } });
  fireEvent.keyDown(field, { key: "Enter" });
  expect(sent).toEqual([{ type: "chat:send", client_id: "c1", text: "/timeout ben 10m" }]);
});

test("the arrows go from name to name, and a name is a button that says what it opens", async () => {
  render(<Log chat={chat} />);
  chat.handle(said("first"));
  chat.handle({ ...said("second"), id: "m2", seq: 2 } as ServerEvent);
  await screen.findByText("second");
  const log = screen.getByRole("log");
  log.focus();
  fireEvent.keyDown(log, { key: "ArrowUp" });
  const [first, second] = screen.getAllByRole("button", { name: "<i>Eve</i>" });
  expect(document.activeElement).toBe(second);
  fireEvent.keyDown(second as HTMLElement, { key: "ArrowUp" });
  expect(document.activeElement).toBe(first);
  expect(first?.getAttribute("data-person")).toBe("u1");
  // What one stands on does not move away.
  chat.handle({ ...said("third"), id: "m3", seq: 3 } as ServerEvent);
  await vi.waitFor(() => expect(chat.log.unread.value).toBe(1));
  fireEvent.keyDown(first as HTMLElement, { key: "Escape" });
  expect(await screen.findByText("third")).toBeTruthy();
});
