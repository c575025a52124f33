import { signal } from "@preact/signals-core";
import { api, ApiError, pathOf } from "../../api/client";
import type { MessagePage } from "../../api/types";
import type { ServerEvent } from "../../realtime/events.gen";
import { type Author, ChatLog, type Message, type OwnState } from "./log";
import { Pins } from "./pins";
import { askForMe, Standing, type StandingWorld } from "./standing";
import { words } from "./words";

type RoomWelcome = Extract<ServerEvent, { type: "room:welcome" }>;

export const MESSAGE_MOST = 500;
const ANSWER_MS = 10_000;
/** As many lines come with a welcome, if there are as many. */
const WELCOME_LINES = 50;
/** The answers to commands that did what they should. */
const TOLD_WELL = new Set(["done", "list", "help"]);
/** Those who come back together do not all ask for themselves at once. */
const ASK_SPREAD_MS = 3000;

export interface ChatWorld {
  nextFrame(act: () => void): void;
  setTimeout(act: () => void, milliseconds: number): unknown;
  newId(): string;
  /** What one is in this chat, and the clock by which one waits; the page's own if left out. */
  standing?: StandingWorld;
}

/** The chat of one room: its lines, one's own messages on their way, and whether one may write at all. */
export class Chat {
  readonly log: ChatLog;
  /** null while unknown, then whether one may write, and the code of the reason if not. */
  readonly you = signal<{ name: string | null; canChat: boolean; reason: string | null } | null>(null);
  readonly history = signal<"more" | "loading" | "failed" | "whole">("more");
  readonly isOpen = signal(true);
  readonly pins = new Pins();
  readonly standing: Standing;
  /** Whether one may take down what others say here. */
  readonly moderates = signal(false);
  /** What is typed and not sent: it outlives whatever stands in place of the input meanwhile. */
  readonly draft = signal("");
  /** One's own id, once a line of one's own came back with it. */
  readonly ownId = signal<string | null>(null);
  private older: string | null = null;
  private readonly now: () => number;

  constructor(
    private readonly streamId: string,
    private readonly transmit: (command: object) => boolean,
    private readonly world: ChatWorld = browserWorld,
  ) {
    this.log = new ChatLog((act) => this.world.nextFrame(act));
    this.now = world.standing ? () => world.standing?.now() ?? 0 : Date.now;
    this.standing = new Standing(world.standing ?? { ask: () => askForMe(streamId), now: Date.now });
  }

  /** Shows the line at once as one's own on its way; false for a text that cannot be sent, or not now. */
  send(text: string): boolean {
    const trimmed = text.trim();
    if (trimmed === "" || lengthOf(trimmed) > MESSAGE_MOST || this.waits(trimmed)) return false;
    this.log.follow(true);
    this.attempt(this.world.newId(), trimmed);
    return true;
  }

  /** Whether this may not be sent now. Commands are no lines, and slow mode is none of theirs. */
  waits(text: string): boolean {
    const hold = this.standing.hold(this.now());
    return hold !== null && !(hold.is === "slow" && text.trimStart().startsWith("/"));
  }

  /** Sends a failed line again under its own id, so that it can only appear once. */
  retry(clientId: string): void {
    const row = this.log.ownRows().find((own) => own.key === clientId);
    if (row && !this.waits(row.text)) this.attempt(clientId, row.text);
  }

  discard(clientId: string): void {
    this.log.forgetOwn(clientId);
  }

  /** Puts a line that did not get through back where it is typed, before what is typed there by now. */
  edit(clientId: string): void {
    const row = this.log.ownRows().find((own) => own.key === clientId);
    if (!row) return;
    this.draft.value = [row.text, this.draft.peek()].filter((part) => part !== "").join(" ");
    this.discard(clientId);
  }

  /** One of us blocked the other: nothing of theirs is shown from this moment on. */
  hideOne(person: Pick<Author, "id" | "name">): void {
    this.log.hideOne(person);
    this.leaveOutPins();
  }

  /** All of them, as the server has them. */
  hide(people: readonly string[]): void {
    this.log.hide(people);
    this.leaveOutPins();
  }

  showOne(id: string): void {
    this.log.hidden.remove(id);
  }

  welcome(welcome: RoomWelcome, continues: boolean): void {
    const { name, can_chat: canChat, can_chat_reason: reason } = welcome.you;
    const isBack = this.you.peek() !== null;
    this.you.value = { name, canChat, reason };
    this.standing.changed(welcome.state.modes);
    if (name !== null) this.askForMe(isBack);
    const history = messagesIn(welcome.history);
    this.log.welcome(history, continues);
    this.pins.start([...messagesIn(welcome.state.pins), ...history].filter((message) => this.log.isVisible(message)));
    if (!continues) {
      this.older = null;
      this.history.value = welcome.history.length < WELCOME_LINES ? "whole" : "more";
    }
  }

  handle(event: ServerEvent): void {
    switch (event.type) {
      case "chat:message":
        this.learnOwnId(event);
        // The answer to a line has the number of the line itself, and comes to nobody who has that already.
        if (this.isOnItsWay(event.client_id)) this.standing.said();
        this.log.receive(event);
        if (this.log.isVisible(event)) this.pins.take(event);
        break;
      case "chat:removed":
        this.log.remove(event.id);
        this.pins.remove(event.id);
        break;
      case "chat:purged":
        this.log.purge(event.user, event.up_to_seq);
        this.pins.purge(event.user, event.up_to_seq);
        if (event.user === null) this.log.note(words.cleared, false);
        break;
      case "chat:ack":
        this.accepted(event.client_id);
        break;
      case "chat:me":
        this.standing.take(event);
        break;
      case "chat:modes":
        this.standing.changed(event);
        break;
      case "chat:held":
        this.became(event.client_id, { is: "held" });
        this.standing.said();
        break;
      case "chat:held_decided":
        if (!event.approved) this.became(event.client_id, { is: "denied" });
        break;
      case "chat:told":
        this.told(event.client_id, event.code);
        this.log.note(event.text, true);
        break;
      case "viewer:joined":
        this.log.presence({ joined: event });
        break;
      case "viewer:left":
        this.log.presence({ left: event });
        break;
      case "error":
        if (event.client_id !== null) this.refused(event.client_id, event.code, event.details);
        break;
      default:
        break;
    }
  }

  /** What did not get through, or was not answered, goes out again under its own id: it can only appear once. */
  connected(isOpen: boolean): void {
    if (!isOpen) return;
    for (const { key, text, state } of this.log.ownRows()) {
      if (state.is === "waiting" || state.is === "sending") this.attempt(key, text);
    }
  }

  /** Asks whether one was put out by the channel. */
  async isBanned(): Promise<boolean> {
    if (this.you.peek()?.name == null) return false;
    await this.standing.refresh();
    return this.standing.me.peek()?.reason === "banned";
  }

  close(): void {
    this.isOpen.value = false;
  }

  /** The last lines of a room that one does not enter any more. */
  showPast(): void {
    this.close();
    if (this.log.rows.value.length === 0) void this.loadOlder();
  }

  /** Loads the page of lines before the oldest one shown. */
  async loadOlder(): Promise<void> {
    if (this.history.value === "loading" || this.history.value === "whole") return;
    this.history.value = "loading";
    const first = `/api/streams/${this.streamId}/messages`;
    try {
      const page = await api<MessagePage>(this.older ?? first);
      this.older = page.next === null ? null : pathOf(page.next);
      // The schema says no more of a card than that it is one.
      const results = page.results as unknown as Message[];
      this.log.prepend([...results].sort((a, b) => a.seq - b.seq));
      this.history.value = page.next === null || this.log.isFull ? "whole" : "more";
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.history.value = "failed";
    }
  }

  /** Shows nobody any more what a tip says; false when that failed. The room tells everybody, this page too. */
  async takeDown(tip: string): Promise<boolean> {
    try {
      await api(`/api/streams/${this.streamId}/tips/${tip}/take-down`, { method: "POST", body: {} });
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return false;
    }
  }

  private attempt(clientId: string, text: string): void {
    const sent = this.transmit({ type: "chat:send", client_id: clientId, text });
    this.log.own(clientId, text, { is: sent ? "sending" : "waiting" });
    if (!sent) return;
    this.world.setTimeout(() => {
      const row = this.log.ownRows().find((own) => own.key === clientId);
      if (row?.state.is === "sending") this.log.own(clientId, text, failed("no_answer"));
    }, ANSWER_MS);
  }

  /** It is in the room for good; its place among the lines comes with the message itself. */
  private accepted(clientId: string): void {
    this.became(clientId, { is: "accepted" });
    this.standing.said();
  }

  private refused(clientId: string, code: string, details: Readonly<Record<string, unknown>>): void {
    this.standing.refused(code, details);
    this.became(clientId, failed(code, details["retry_after_seconds"]));
  }

  /** A command was answered. One that did not do what it should is there to be changed. */
  private told(clientId: string, code: string): void {
    const row = this.log.ownRows().find((own) => own.key === clientId);
    if (!row) return;
    if (!TOLD_WELL.has(code)) {
      this.edit(clientId);
      return;
    }
    this.discard(clientId);
    if (code === "done") import("../moderation/commands").then(({ showDone }) => showDone(this, row.text), () => undefined);
  }

  private became(clientId: string, state: OwnState): void {
    const row = this.log.ownRows().find((own) => own.key === clientId);
    if (row) this.log.own(clientId, row.text, state);
  }

  private isOnItsWay(clientId: string | null): boolean {
    return this.log.ownRows().some(({ key, state }) => key === clientId && (state.is === "sending" || state.is === "waiting"));
  }

  private learnOwnId({ client_id: clientId, user }: Message): void {
    if (clientId === null || user === null || this.ownId.peek() !== null) return;
    if (this.log.ownRows().some(({ key }) => key === clientId)) this.ownId.value = user.id;
  }

  private leaveOutPins(): void {
    this.pins.keepOnly((message) => this.log.isVisible(message));
  }

  private askForMe(isBack: boolean): void {
    if (isBack) this.world.setTimeout(() => void this.standing.refresh(), Math.random() * ASK_SPREAD_MS);
    else void this.standing.refresh();
  }
}

/** Characters as people and the server count them, not as UTF-16 does. */
export function lengthOf(text: string): number {
  return Array.from(text).length;
}

function failed(reason: string, retryAfter?: unknown): OwnState {
  return { is: "failed", reason, retryAfterSeconds: typeof retryAfter === "number" ? retryAfter : null };
}

function messagesIn(history: readonly ServerEvent[]): Message[] {
  return history.filter((event) => event.type === "chat:message");
}

const browserWorld: ChatWorld = {
  nextFrame: (act) => requestAnimationFrame(act),
  setTimeout: (act, milliseconds) => setTimeout(act, milliseconds),
  // Not randomUUID: that one exists only on https and localhost.
  newId: () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(36)).join(""),
};
