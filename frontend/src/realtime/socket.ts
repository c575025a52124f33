import { backoffMs } from "./backoff";
import { Sequence, type WireEvent } from "./sequence";

/** Why a room will not be tried again by itself. */
export type Stop = "sign_in" | "forbidden" | "gone" | "ended" | "left";

export type SocketStatus =
  | { readonly kind: "connecting"; readonly attempt: number }
  | { readonly kind: "open" }
  | { readonly kind: "waiting"; readonly attempt: number; readonly milliseconds: number }
  | { readonly kind: "stopped"; readonly why: Stop };

export interface Welcome extends WireEvent {
  readonly type: "room:welcome";
  readonly seq: number;
  readonly heartbeat_seconds: number;
}

export interface EventsAnswer<E> {
  readonly events: readonly E[];
  readonly last_seq: number;
}

/** What a socket needs of the world; tests hand in their own. */
export interface SocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}
export interface World {
  open(url: string): SocketLike;
  setTimeout(act: () => void, milliseconds: number): number;
  clearTimeout(id: number): void;
  random(): number;
}

export interface RoomParts<E extends WireEvent> {
  /** Asks for a pass and answers with the address to open; called before every connect. */
  join(): Promise<string>;
  /** The stored events after `seq`; null for a room without stored events. */
  eventsAfter: ((seq: number) => Promise<EventsAnswer<E>>) | null;
  /** Why a failed join is final, or null when it may be tried again. */
  refusal(error: unknown): Stop | null;
  /** How long a failed join asks us to wait, in seconds. */
  retryAfter(error: unknown): number | null;
  onEvent(event: E): void;
  /** `continues`: what is on the page still holds, and what was missed follows as events. */
  onWelcome(welcome: E & Welcome, continues: boolean): void;
  onStatus(status: SocketStatus): void;
}

const FINAL_CODES: Readonly<Record<number, Stop>> = { 4401: "sign_in", 4403: "forbidden", 4404: "gone", 4410: "ended" };
const SILENT = 4408;
const TOO_MANY = 4429;
const RESTART = 1012;
const TOO_MANY_WAIT_MS = 30_000;
const RESTART_SPREAD_MS = 3000;
const STABLE_MS = 5000;
const HEARTBEATS_OF_SILENCE = 2.5;
/** From opening a socket to the welcome: a line that swallows everything never says no. */
const CONNECT_PATIENCE_MS = 10_000;
/** Beyond this many missed events a fresh start is cheaper and no less true. */
const REPLAY_MOST = 300;
const GAP_SPREAD_MS = 400;

/**
 * One page's line into a room: connects with a fresh pass, keeps events in order, notices silence, and comes
 * back by itself until the server says that there is no use in it.
 */
export class RoomSocket<E extends WireEvent> {
  private readonly sequence = new Sequence<E>();
  private readonly timers = new Map<"retry" | "beat" | "silence" | "stable" | "gap", number>();
  private socket: SocketLike | null = null;
  private attempt = 0;
  private heartbeatMs = 10_000;
  /** Counts connects, so that an answer to an older one is recognised and dropped. */
  private turn = 0;
  private stopped = true;
  private welcomed = false;

  constructor(
    private readonly parts: RoomParts<E>,
    private readonly world: World = browserWorld,
  ) {}

  get lastSeq(): number {
    return this.sequence.last;
  }

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.attempt = 0;
    void this.connect();
  }

  /** Leaves for good; `start` begins again. */
  stop(why: Stop = "left"): void {
    if (this.stopped) return;
    this.stopped = true;
    this.drop();
    this.parts.onStatus({ kind: "stopped", why });
  }

  /** Tries at once instead of waiting: the network is back, or the viewer pressed the button. */
  retryNow(): void {
    if (this.stopped || !this.timers.has("retry")) return;
    this.clear("retry");
    void this.connect();
  }

  /** False when there is no open room to send into. */
  send(command: object): boolean {
    if (!this.socket || !this.welcomed) return false;
    this.socket.send(JSON.stringify(command));
    return true;
  }

  private async connect(): Promise<void> {
    const turn = ++this.turn;
    this.parts.onStatus({ kind: "connecting", attempt: this.attempt });
    let url: string;
    try {
      url = await this.parts.join();
    } catch (error) {
      if (turn !== this.turn || this.stopped) return;
      const why = this.parts.refusal(error);
      if (why) this.stop(why);
      else this.retryLater((this.parts.retryAfter(error) ?? 0) * 1000);
      return;
    }
    if (turn !== this.turn || this.stopped) return;
    const socket = this.world.open(url);
    this.socket = socket;
    socket.onmessage = (message) => {
      if (socket === this.socket) this.receive(message.data);
    };
    socket.onclose = (event) => {
      if (socket === this.socket) this.closed(event.code);
    };
    this.after("silence", CONNECT_PATIENCE_MS, () => this.closed(SILENT));
  }

  private receive(data: unknown): void {
    this.watchSilence();
    if (typeof data !== "string") return;
    for (const event of JSON.parse(data) as E[]) {
      if (isWelcome(event)) this.welcome(event);
      else if (event.type === "room:resync") this.askForMissed(this.world.random() * jitterMs(event));
      else for (const ready of this.sequence.offer(event)) this.parts.onEvent(ready);
    }
    if (this.sequence.hasGap) this.askForMissed(this.world.random() * GAP_SPREAD_MS);
  }

  private welcome(event: E & Welcome): void {
    const missed = event.seq - this.sequence.last;
    const continues = this.sequence.last > 0 && missed >= 0 && missed <= REPLAY_MOST && this.parts.eventsAfter !== null;
    if (!continues) this.sequence.restart(event.seq);
    this.welcomed = true;
    this.heartbeatMs = event.heartbeat_seconds * 1000;
    this.parts.onWelcome(event, continues);
    this.parts.onStatus({ kind: "open" });
    this.beat();
    this.after("stable", STABLE_MS, () => (this.attempt = 0));
    if (continues && missed > 0) this.askForMissed(0);
  }

  /** Fetches what lies between the last event handed on and now, once at a time. */
  private askForMissed(delayMs: number): void {
    if (!this.parts.eventsAfter || this.timers.has("gap")) return;
    this.after("gap", delayMs, () => void this.fillGap(), { keep: true });
  }

  private async fillGap(): Promise<void> {
    const turn = this.turn;
    try {
      let more = true;
      while (more && this.parts.eventsAfter) {
        const answer = await this.parts.eventsAfter(this.sequence.last);
        if (turn !== this.turn) return;
        for (const event of this.sequence.fill(answer.events, answer.last_seq)) this.parts.onEvent(event);
        more = answer.events.length > 0 && this.sequence.last < answer.last_seq;
      }
      this.timers.delete("gap");
    } catch (error) {
      this.timers.delete("gap");
      if (turn === this.turn) this.askForMissed(Math.max(2000, (this.parts.retryAfter(error) ?? 0) * 1000));
    }
  }

  private beat(): void {
    this.after("beat", this.heartbeatMs, () => {
      this.send({ type: "room:ack", seq: this.sequence.last });
      this.beat();
    });
  }

  /** A cut cable closes nothing: a line that stays silent over several heartbeats is given up. */
  private watchSilence(): void {
    this.after("silence", this.heartbeatMs * HEARTBEATS_OF_SILENCE, () => this.closed(SILENT));
  }

  private closed(code: number): void {
    const why = FINAL_CODES[code];
    if (why) {
      this.stop(why);
      return;
    }
    this.drop();
    if (code === TOO_MANY) this.retryLater(TOO_MANY_WAIT_MS);
    else if (code === RESTART) this.retryLater(this.world.random() * RESTART_SPREAD_MS);
    else this.retryLater(0);
  }

  private retryLater(leastMs: number): void {
    const milliseconds = Math.max(leastMs, backoffMs(this.attempt, this.world.random()));
    this.attempt += 1;
    this.parts.onStatus({ kind: "waiting", attempt: this.attempt, milliseconds });
    this.after("retry", milliseconds, () => void this.connect());
  }

  private drop(): void {
    this.turn += 1;
    this.welcomed = false;
    for (const name of [...this.timers.keys()]) this.clear(name);
    const socket = this.socket;
    this.socket = null;
    socket?.close(1000);
  }

  /** One timer per purpose; a new one replaces it. `keep` leaves the mark until the work itself is done. */
  private after(
    name: "retry" | "beat" | "silence" | "stable" | "gap",
    milliseconds: number,
    act: () => void,
    { keep = false } = {},
  ): void {
    this.clear(name);
    const id = this.world.setTimeout(() => {
      if (!keep) this.timers.delete(name);
      act();
    }, milliseconds);
    this.timers.set(name, id);
  }

  private clear(name: "retry" | "beat" | "silence" | "stable" | "gap"): void {
    const id = this.timers.get(name);
    if (id !== undefined) this.world.clearTimeout(id);
    this.timers.delete(name);
  }
}

function isWelcome<E extends WireEvent>(event: E): event is E & Welcome {
  return event.type === "room:welcome";
}

function jitterMs(event: WireEvent): number {
  const { jitter_seconds: seconds } = event as WireEvent & { jitter_seconds?: number };
  return (seconds ?? 0) * 1000;
}

const browserWorld: World = {
  open: (path) => new WebSocket(new URL(path, location.href.replace(/^http/, "ws"))) as SocketLike,
  setTimeout: (act, milliseconds) => window.setTimeout(act, milliseconds),
  clearTimeout: (id) => window.clearTimeout(id),
  random: Math.random,
};
