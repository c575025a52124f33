import { computed, signal } from "@preact/signals-core";
import { PassRefused } from "../ingest/pass";
import type { IngestPass } from "../ingest/protocol";
import { type AskPass, MediaAway, type RoomPass, type SendPass } from "./pass";
import { Retries } from "./retries";
import { IDLE, type Sender, type SenderView } from "./sender";

export interface BroadcastParts {
  readonly pass: AskPass;
  /** Senders are made with the way to their next pass; the first one has been asked for already. */
  relay(pass: () => Promise<IngestPass>): Sender;
  /** Loads what it needs first. */
  room(pass: (leaving: string | null) => Promise<RoomPass>): Promise<Sender>;
  /** Who this tab was before it was loaded again. */
  readonly memory: { identity: string | null };
  readonly random?: () => number;
}

/** A pass of either kind outlives this. */
const FRESH_MS = 30_000;

/**
 * Finds out how this server wants its pictures, and sends them so.
 *
 * The server's answer decides, each time: a sender that is given a pass of the other kind gives way to the other one.
 */
export class Broadcast implements Sender {
  private readonly own = signal<SenderView>(IDLE);
  private readonly sender = signal<Sender | null>(null);
  readonly view = computed(() => this.sender.value?.view.value ?? this.own.value);

  private turn = 0;
  private readonly retries: Retries;
  private retry: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly parts: BroadcastParts) {
    this.retries = new Retries(parts.random);
  }

  start(): void {
    if (this.sender.value !== null) return this.sender.value.start();
    if (this.own.value.phase === "stopped" || this.own.value.phase === "ended") return;
    this.show({ phase: "opening", problem: null });
    void this.choose();
  }

  nudge(): void {
    if (this.sender.value !== null) return this.sender.value.nudge();
    if (this.own.value.phase !== "opening" || !this.retries.mayAsk) return;
    this.retries.encourage();
    void this.choose();
  }

  stop(): void {
    this.turn += 1;
    clearTimeout(this.retry);
    this.sender.value?.stop();
    this.show({ phase: "stopped" });
  }

  private async choose(): Promise<void> {
    clearTimeout(this.retry);
    this.turn += 1;
    const { turn } = this;
    try {
      const first = await this.parts.pass(this.parts.memory.identity);
      if (turn === this.turn) await this.use(first);
    } catch (error) {
      if (turn === this.turn) this.onNoPass(error);
    }
  }

  private async use(first: SendPass): Promise<void> {
    const { turn } = this;
    const sender =
      first.by === "relay"
        ? this.parts.relay(this.passes(first.pass, (given) => (given.by === "relay" ? given.pass : null)))
        : await this.parts.room(this.passes(first.pass, (given) => (given.by === "room" ? given.pass : null)));
    if (turn !== this.turn) {
      sender.stop();
      return;
    }
    this.sender.value?.stop();
    this.sender.value = sender;
    sender.start();
  }

  /** The pass there is already, while it is fresh, and then new ones. */
  private passes<Pass>(first: Pass, ofKind: (given: SendPass) => Pass | null) {
    const askedAt = Date.now();
    let kept: Pass | null = first;
    return async (leaving: string | null = null): Promise<Pass> => {
      const early = Date.now() - askedAt < FRESH_MS ? kept : null;
      kept = null;
      if (early !== null) return early;
      const given = await this.parts.pass(leaving);
      const pass = ofKind(given);
      if (pass !== null) return pass;
      await this.use(given);
      // The sender that asked has been stopped, and waits for nothing.
      return new Promise<never>(() => undefined);
    };
  }

  private onNoPass(error: unknown): void {
    if (error instanceof PassRefused) {
      if (error.why === "ended") return this.show({ phase: "ended" });
      if (error.why === "taken") {
        // Who asks without leaving anybody takes it back.
        this.parts.memory.identity = null;
        return this.show({ phase: "taken" });
      }
      return this.show({ phase: "blocked", problem: { code: error.why } });
    }
    this.show({ phase: "opening", problem: { code: error instanceof MediaAway ? "media_away" : "line_cut" } });
    this.retry = setTimeout(() => void this.choose(), this.retries.after(error));
  }

  private show(change: Partial<SenderView>): void {
    this.own.value = { ...this.own.value, ...change };
  }
}
