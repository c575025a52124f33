import { signal } from "@preact/signals-core";
import { api, ApiError, pathOf } from "../../api/client";
import type { MessagePage } from "../../api/types";
import type { ServerEvent } from "../../realtime/events.gen";
import { ChatLog, type Message, type OwnState } from "./log";
import { Pins } from "./pins";

type RoomWelcome = Extract<ServerEvent, { type: "room:welcome" }>;

export const MESSAGE_MOST = 500;
const ANSWER_MS = 10_000;
/** As many lines come with a welcome, if there are as many. */
const WELCOME_LINES = 50;

export interface ChatWorld {
  nextFrame(act: () => void): void;
  setTimeout(act: () => void, milliseconds: number): unknown;
  newId(): string;
}

/** The chat of one room: its lines, one's own messages on their way, and whether one may write at all. */
export class Chat {
  readonly log: ChatLog;
  /** null while unknown, then whether one may write, and the code of the reason if not. */
  readonly you = signal<{ name: string | null; canChat: boolean; reason: string | null } | null>(null);
  readonly history = signal<"more" | "loading" | "failed" | "whole">("more");
  readonly isOpen = signal(true);
  readonly pins = new Pins();
  /** Whether one may take down what others say here. */
  readonly moderates = signal(false);
  private older: string | null = null;

  constructor(
    private readonly streamId: string,
    private readonly transmit: (command: object) => boolean,
    private readonly world: ChatWorld = browserWorld,
  ) {
    this.log = new ChatLog((act) => this.world.nextFrame(act));
  }

  /** Shows the line at once as one's own on its way; false for a text that cannot be sent. */
  send(text: string): boolean {
    const trimmed = text.trim();
    if (trimmed === "" || lengthOf(trimmed) > MESSAGE_MOST) return false;
    this.log.follow(true);
    this.attempt(this.world.newId(), trimmed);
    return true;
  }

  /** Sends a failed line again under its own id, so that it can only appear once. */
  retry(clientId: string): void {
    const row = this.log.ownRows().find((own) => own.key === clientId);
    if (row) this.attempt(clientId, row.text);
  }

  discard(clientId: string): void {
    this.log.forgetOwn(clientId);
  }

  welcome(welcome: RoomWelcome, continues: boolean): void {
    const { name, can_chat: canChat, can_chat_reason: reason } = welcome.you;
    this.you.value = { name, canChat, reason };
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
        this.log.receive(event);
        if (this.log.isVisible(event)) this.pins.take(event);
        break;
      case "chat:removed":
        this.log.remove(event.id);
        this.pins.remove(event.id);
        break;
      case "chat:ack":
        this.accepted(event.client_id);
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
    const row = this.log.ownRows().find((own) => own.key === clientId);
    if (row) this.log.own(clientId, row.text, { is: "accepted" });
  }

  private refused(clientId: string, code: string, details: Readonly<Record<string, unknown>>): void {
    const row = this.log.ownRows().find((own) => own.key === clientId);
    if (row) this.log.own(clientId, row.text, failed(code, details["retry_after_seconds"]));
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
