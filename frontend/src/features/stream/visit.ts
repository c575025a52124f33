import { computed, signal } from "@preact/signals-core";
import { api, ApiError } from "../../api/client";
import type { Join, Stream, StreamStatus } from "../../api/types";
import { RoomSocket, type RoomParts, type SocketStatus, type Stop, type Welcome } from "../../realtime/socket";
import type { ServerEvent } from "../../realtime/events.gen";
import { Chat } from "../room/chat";
import { atGate, type Gate, isAboutTickets, NO_TICKET, noTicket, OTHER_DEVICE, pageGate, type Refusal, refusalAtGate, ticketOf } from "./gate";
import { Source } from "./source";

/** What the page already knows of a stream when it loads. */
export type StreamFacts = Pick<
  Stream,
  | "id"
  | "title"
  | "status"
  | "paused"
  | "scheduled_at"
  | "started_at"
  | "duration_seconds"
  | "end_reason"
  | "viewers"
  | "creator"
>;

/** Where the stream stands, as one word: `paused` is live without pictures, because the broadcaster is away. */
export type Stage = "scheduled" | "live" | "paused" | "ended";

type RoomWelcome = Extract<ServerEvent, { type: "room:welcome" }>;
type Socket = Pick<RoomSocket<ServerEvent>, "start" | "stop" | "send" | "retryNow">;

export interface VisitOptions {
  /** The studio's socket is not a viewer and gets no playback. */
  readonly as?: "studio";
  /** Of a stream with a price. */
  readonly gate?: Gate | null;
  /** For tests: makes the socket from its parts. */
  readonly makeSocket?: (parts: RoomParts<ServerEvent>) => Socket;
}

/**
 * One page's visit at one stream: its socket, its chat, and what the page shows of the stream's state.
 *
 * Several islands of a page share it. The first one that enters opens the socket, the last one that leaves
 * closes it.
 */
export class Visit {
  readonly stage;
  readonly title;
  readonly viewers;
  readonly startedAt;
  readonly durationSeconds;
  readonly endReason;
  /** Where the pictures come from. */
  readonly source: Source;
  readonly connection = signal<SocketStatus>({ kind: "connecting", attempt: 0 });
  /** Why the room refused us for good, and what would help; null while all is well. */
  readonly refused = signal<Refusal | null>(null);
  /** When this look without a ticket ends, by this page's clock; null with a ticket, or where none is needed. */
  readonly previewEndsAt = signal<number | null>(null);
  readonly isOver;
  readonly chat: Chat;

  private readonly socket: Socket;
  private readonly listeners = new Set<(event: ServerEvent) => void>();
  private guests = 0;
  private previewTimer: ReturnType<typeof setTimeout> | undefined;
  /** They chose to look in without a ticket; else nothing may begin that by itself. */
  private looksIn: boolean;
  private hasJoined = false;
  /** How far this page's clock is ahead of the server's; not less, so that a look does not end too early. */
  private readonly aheadMs: number;

  constructor(
    readonly facts: StreamFacts,
    private readonly options: VisitOptions = {},
  ) {
    this.stage = signal<Stage>(stageOf(facts.status, facts.paused));
    this.title = signal(facts.title);
    this.viewers = signal(facts.viewers.current);
    this.startedAt = signal(facts.started_at);
    this.durationSeconds = signal(facts.duration_seconds);
    this.endReason = signal(facts.end_reason);
    this.isOver = computed(() => this.stage.value === "ended");
    this.refused.value = atGate(options.gate);
    this.looksIn = options.gate?.is_looking_in ?? false;
    this.aheadMs = options.gate ? Date.now() - Date.parse(options.gate.now) : 0;
    this.source = new Source(facts.id, (error) => this.shutOut(error), undefined, options.as === undefined);
    const parts: RoomParts<ServerEvent> = {
      join: () => this.join(),
      eventsAfter: (seq) => api(`/api/streams/${facts.id}/events?after=${seq}`),
      refusal: (error) => this.refusal(error),
      retryAfter: (error) => (error instanceof ApiError ? error.retryAfterSeconds : null),
      onEvent: (event) => this.handle(event),
      onWelcome: (welcome, continues) => this.welcome(welcome, continues),
      onStatus: (status) => this.onStatus(status),
    };
    this.socket = options.makeSocket?.(parts) ?? new RoomSocket(parts);
    this.chat = new Chat(facts.id, (command) => this.socket.send(command));
  }

  /** Takes part until the returned function is called. */
  enter(): () => void {
    this.guests += 1;
    if (this.guests === 1 && !this.isOver.value && !isAboutTickets(this.refused.value)) this.socket.start();
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.guests -= 1;
      if (this.guests > 0) return;
      clearTimeout(this.previewTimer);
      this.socket.stop();
      this.source.stop();
    };
  }

  /** Hears what happens in the room until the returned function is called: gifts, goals, what is not the visit's own. */
  listen(hear: (event: ServerEvent) => void): () => void {
    this.listeners.add(hear);
    return () => this.listeners.delete(hear);
  }

  /** Where to watch at the moment; null while there is nowhere. */
  get playback(): Source["playback"] {
    return this.source.playback;
  }

  /** The viewer or the network says that now is a good moment. */
  retryNow(): void {
    this.socket.retryNow();
    this.source.retryNow();
  }

  /** The viewer says that they are of age, and comes in. */
  async confirmAge(): Promise<void> {
    await api(`/api/streams/${this.facts.id}/confirm-age`, { method: "POST" });
    this.knock();
  }

  /** Knocks again after a refusal, for instance once one follows. */
  knock(): void {
    this.refused.value = null;
    this.socket.start();
  }

  /** What it costs to come in; null for a stream without a price. */
  get gate(): Gate | null {
    return this.options.gate ?? null;
  }

  get buyUrl(): string {
    return this.options.gate?.url ?? `/stream/${this.facts.id}/ticket`;
  }

  /** Comes in for a look without a ticket. */
  lookIn(): void {
    this.looksIn = true;
    this.knock();
  }

  /** Somebody says that they have a ticket by now. Rejects with `no_ticket` when there is none. */
  async showTicket(): Promise<void> {
    if ((await this.myTicket()) === null) throw new ApiError({ code: "no_ticket", status: 404 });
    this.knock();
  }

  /** While looking in: a ticket that was bought meanwhile, in another tab, ends the countdown and not the picture. */
  async lookForTicket(): Promise<boolean> {
    const isHere = await this.myTicket().then(
      (where) => where === "here",
      () => false,
    );
    if (isHere) this.previewUntil(null);
    return isHere;
  }

  /** Before the gate no room tells what happens: the page asks. */
  async askStage(): Promise<void> {
    const { status, paused, started_at: startedAt } = await api<Stream>(`/api/streams/${this.facts.id}`);
    this.startedAt.value = startedAt;
    const stage = stageOf(status, paused);
    if (stage === "ended") this.end("", null);
    else this.stage.value = stage;
  }

  /** Watches on this device, and not on the other one any more. */
  async takeOver(): Promise<void> {
    await api(`/api/streams/${this.facts.id}/ticket/take-over`, { method: "POST" });
    this.knock();
  }

  /** The player's address does not work any more, or there was none yet: get one with a pass of today. */
  async renewPlayback(): Promise<void> {
    if (this.isOver.value || isAboutTickets(this.refused.value)) return;
    if (await this.mayAsk()) await this.source.renew();
  }

  private async join(): Promise<string> {
    // The page that just came knows from the server that there is a ticket.
    if (this.hasJoined && !(await this.mayAsk())) throw new ApiError({ code: NO_TICKET, status: 402 });
    this.hasJoined = true;
    const query = this.options.as ? `?as=${this.options.as}` : "";
    const body = { referrer: document.referrer, ...this.source.joinFacts };
    const answer = await api<Join>(`/api/streams/${this.facts.id}/join${query}`, { method: "POST", body });
    this.chat.hide(answer.hidden_people);
    this.previewUntil(answer.admission?.preview_ends_at ?? null);
    this.source.offer(answer.playback);
    return answer.ws_url;
  }

  /** For the source of pictures: true when the page itself is not let in any more. */
  private shutOut(error: unknown): boolean {
    const why = this.refusal(error);
    if (why === "gone") this.refused.value = { code: why, help: null };
    return why !== null;
  }

  private refusal(error: unknown): Stop | null {
    if (!(error instanceof ApiError)) return null;
    const atGate = refusalAtGate(error);
    if (atGate !== null) {
      this.shut(atGate);
      return "forbidden";
    }
    const help = error.details["help"];
    switch (error.status) {
      case 410:
        this.end("", null);
        return "ended";
      case 401:
      case 403:
        this.refused.value = { code: error.code, help: typeof help === "string" ? help : null };
        return "forbidden";
      case 404:
        return "gone";
      default:
        return null;
    }
  }

  /** The page stays before the gate: no picture goes on, and nothing is asked for until somebody chooses to. */
  private shut(refusal: Refusal): void {
    clearTimeout(this.previewTimer);
    this.previewEndsAt.value = null;
    this.source.forget();
    this.refused.value = refusal;
    this.socket.stop("forbidden");
  }

  private async myTicket(): ReturnType<typeof ticketOf> {
    return this.options.gate?.is_signed_in ? ticketOf(this.facts.id) : null;
  }

  /** Of the preview, what is left at ``now``: never more than the page was told, however long it took to load. */
  previewSecondsLeft(now: number): number {
    const most = this.options.gate?.preview_seconds_left ?? 0;
    const left = Math.max(Math.ceil(((this.previewEndsAt.value ?? now) - now) / 1000), 0);
    return most > 0 ? Math.min(left, most) : left;
  }

  private previewUntil(moment: string | null): void {
    clearTimeout(this.previewTimer);
    this.previewEndsAt.value = moment === null ? null : Date.parse(moment) + this.aheadMs;
    this.looksIn = moment !== null;
    if (this.previewEndsAt.value === null) return;
    this.previewTimer = setTimeout(() => void this.endPreview(), this.previewEndsAt.value - Date.now());
  }

  private async endPreview(): Promise<void> {
    if (!(await this.lookForTicket())) this.shut(noTicket(0));
  }

  /** Asking for a place without a ticket would begin a preview that nobody chose: whoever came with one shows it. */
  private async mayAsk(): Promise<boolean> {
    if (!this.options.gate || this.looksIn) return true;
    try {
      if ((await this.myTicket()) !== null) return true;
      this.shut(noTicket(0));
      return false;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return true; // the server says itself what is wrong
    }
  }

  /** Shut out of the room, which does not say why: by a ban, or a ticket may be void, or in use elsewhere. */
  private async askWhy(): Promise<void> {
    if (this.options.gate) this.shut(noTicket(0));
    else this.refused.value = { code: "forbidden", help: null };
    if (await this.chat.isBanned()) {
      this.refused.value = { code: "banned", help: "ask_unban" };
      return;
    }
    if (!this.options.gate) return;
    try {
      if ((await this.myTicket()) === "elsewhere") this.refused.value = { code: OTHER_DEVICE, help: "take_over" };
    } catch (error) {
      // The gate is shown as it is; whoever has a ticket says so there.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  private onStatus(status: SocketStatus): void {
    this.connection.value = status;
    this.chat.connected(status.kind === "open");
    if (status.kind !== "stopped" || status.why === "left") return;
    if (status.why === "ended") this.end("", null);
    else if (status.why === "forbidden" && this.refused.value === null) void this.askWhy();
    else this.refused.value ??= { code: status.why, help: null };
  }

  private welcome(welcome: RoomWelcome & Welcome, continues: boolean): void {
    this.viewers.value = welcome.viewers;
    // Whether the media server came back meanwhile was told to others.
    this.source.works();
    this.moveTo(stageOf(welcome.state.status as StreamStatus, welcome.state.paused));
    this.chat.welcome(welcome, continues);
  }

  private handle(event: ServerEvent): void {
    switch (event.type) {
      case "viewer:count":
        this.viewers.value = event.viewers;
        break;
      case "stream:started":
        this.startedAt.value = event.started_at;
        this.moveTo("live");
        break;
      case "stream:paused":
        this.moveTo("paused");
        break;
      case "stream:resumed":
        this.moveTo("live");
        break;
      case "stream:updated":
        this.title.value = event.title;
        break;
      case "stream:ended":
        this.end(event.reason, event.duration_seconds);
        break;
      case "stage:away":
        this.source.away();
        break;
      case "stage:back":
        this.source.back();
        break;
      default:
        this.chat.handle(event);
    }
    const seen = this.chat.log.hidden.masked(event);
    for (const hear of this.listeners) hear(seen);
  }

  private moveTo(stage: Stage): void {
    if (stage === "ended") {
      this.end("", null);
      return;
    }
    this.stage.value = stage;
    if (stage === "live" && this.playback.value === null && !this.options.as) void this.renewPlayback();
  }

  private end(reason: string, durationSeconds: number | null): void {
    if (this.isOver.value && reason === "") return;
    this.endReason.value = reason || this.endReason.value;
    this.durationSeconds.value = durationSeconds ?? this.durationSeconds.value;
    this.stage.value = "ended";
    this.chat.close();
    clearTimeout(this.previewTimer);
    this.source.stop();
    this.socket.stop("ended");
  }
}

const visits = new Map<string, Visit>();

/** The page's one visit at this stream, shared by its islands. */
export function visitOf(facts: StreamFacts, options: VisitOptions = {}): Visit {
  let visit = visits.get(facts.id);
  if (!visit) visits.set(facts.id, (visit = new Visit(facts, { gate: pageGate(), ...options })));
  return visit;
}

function stageOf(status: StreamStatus, paused: boolean): Stage {
  if (status === "ended" || status === "cancelled") return "ended";
  if (status === "live") return paused ? "paused" : "live";
  return "scheduled";
}
