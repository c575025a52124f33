// @vitest-environment happy-dom
import "@preact/signals";
import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ServerEvent } from "../../realtime/events.gen";
import { text } from "../../ui/text";
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
  });
});

afterEach(cleanup);

function welcome(you: { can_chat: boolean; can_chat_reason: string | null }): void {
  chat.welcome(
    {
      type: "room:welcome",
      seq: 0,
      viewers: 1,
      heartbeat_seconds: 10,
      you: { name: "Bob", role: "viewer", ...you },
      history: [],
      state: { status: "live", live: true, paused: false, pins: [] },
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
