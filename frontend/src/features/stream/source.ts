import { signal } from "@preact/signals-core";
import { api, ApiError } from "../../api/client";
import type { Playback, ViewerToken } from "../../api/types";
import { backoffMs } from "../../realtime/backoff";

export type PlaybackKind = Playback["kind"];

/** Why there is no picture although the stream is live, and the page is let in. */
export type Trouble = "media_away" | "media_full";

/** A server that is back is not asked by everybody in the same moment. */
const BACK_SPREAD_MS = 1500;
/** While the room has said that the media server is away, its return will be told too; this is for who misses it. */
const AWAY_PATIENCE_MS = 15_000;

/**
 * Where one page gets its pictures from, and what to do for another place when that one is used up.
 *
 * A token is good for one connect. Whoever used one up says so with `spend`; the next request names it, and so
 * throws out whoever may have copied it.
 */
export class Source {
  readonly playback = signal<Playback | null>(null);
  readonly trouble = signal<Trouble | null>(null);
  /** Counts the returns of the media server: a good moment to try again. */
  readonly returns = signal(0);

  private wanted: PlaybackKind | null = null;
  private leaving: string | null = null;
  private isAsking = false;
  private isAway = false;
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly streamId: string,
    /** Takes note of a refusal; true when there is no use in asking again. */
    private readonly refuses: (error: unknown) => boolean,
    private readonly random: () => number = Math.random,
    /** False for a page that only hears of the media server, and needs no place itself. */
    private readonly watches = true,
  ) {}

  /** What a join says about this page: that it watches already, or what a request for a place to watch says. */
  get joinFacts(): object {
    return this.playback.value ? { watches_already: true } : this.facts;
  }

  /** What a request for a place to watch says about this page. */
  get facts(): { leaving?: string; kind?: PlaybackKind } {
    return {
      ...(this.leaving === null ? {} : { leaving: this.leaving }),
      ...(this.wanted === null ? {} : { kind: this.wanted }),
    };
  }

  /** A place that came with a join. The one in use stays in use: a new one would make the player start over. */
  offer(playback: Playback | null): void {
    if (playback && !this.isAsking && this.playback.value === null) this.take(playback);
  }

  /** The token in use is used up. A playlist's address is not, and stays. */
  spend(): void {
    const playback = this.playback.peek();
    if (playback?.kind !== "webrtc") return;
    this.leaving = playback.identity ?? null;
    this.playback.value = null;
  }

  /** Whatever place there was is not ours any more, and is not asked for again by itself. */
  forget(): void {
    this.stop();
    this.spend();
    this.playback.value = null;
  }

  /** Asks for a new place to watch, and goes on asking until there is one, or none to be had. */
  async renew(): Promise<void> {
    if (this.isAway) this.later(AWAY_PATIENCE_MS * (1 + this.random()));
    else await this.askNow();
  }

  /** Takes this way of watching from now on. Rejects, and leaves all as it was, when it cannot be had. */
  async choose(kind: PlaybackKind): Promise<void> {
    if (this.isAsking) return;
    const identity = this.playback.value?.identity;
    this.isAsking = true;
    try {
      this.take(await this.ask({ ...this.facts, kind, ...(identity ? { leaving: identity } : {}) }));
      this.wanted = kind;
    } finally {
      this.isAsking = false;
    }
  }

  /** The pictures have stopped for long: is there another way to watch now? Only another one is taken. */
  async recheck(): Promise<void> {
    if (this.isAsking || this.isAway) return;
    this.isAsking = true;
    try {
      const playback = await this.ask(this.facts);
      if (playback && playback.kind !== this.playback.value?.kind) this.take(playback);
    } catch (error) {
      this.refuses(error);
    } finally {
      this.isAsking = false;
    }
  }

  /** The room says that the media server does not answer. */
  away(): void {
    this.isAway = true;
    this.trouble.value = "media_away";
  }

  /** The room says that it answers again. */
  back(): void {
    this.isAway = false;
    this.attempt = 0;
    this.trouble.value = null;
    this.returns.value += 1;
    if (this.watches && this.playback.value === null) this.later(this.random() * BACK_SPREAD_MS);
  }

  /** Pictures are coming, or the room was entered anew: what was said of the media server before is over. */
  works(): void {
    if (!this.isAway) return;
    this.isAway = false;
    this.trouble.value = null;
  }

  /** A good moment: the network is back, the page is looked at again, or the viewer pressed the button. */
  retryNow(): void {
    if (this.timer !== undefined) void this.askNow();
  }

  /** Asks no more. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async askNow(): Promise<void> {
    if (this.isAsking) return;
    this.stop();
    this.isAsking = true;
    try {
      this.take(await this.ask(this.facts));
    } catch (error) {
      this.failed(error);
    } finally {
      this.isAsking = false;
    }
  }

  private async ask(facts: Record<string, string>): Promise<Playback | null> {
    const query = new URLSearchParams(facts).toString();
    const path = `/api/streams/${this.streamId}/token`;
    const { playback } = await api<ViewerToken>(query === "" ? path : `${path}?${query}`);
    return playback;
  }

  private take(playback: Playback | null): void {
    this.stop();
    this.attempt = 0;
    this.leaving = null;
    this.trouble.value = this.isAway ? "media_away" : null;
    this.playback.value = playback;
  }

  private failed(error: unknown): void {
    if (this.refuses(error)) {
      this.stop();
      return;
    }
    this.trouble.value = this.isAway ? "media_away" : troubleIn(error);
    const asked = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
    this.later(Math.max(asked, this.isAway ? AWAY_PATIENCE_MS : 0, backoffMs(this.attempt, this.random())));
    this.attempt += 1;
  }

  private later(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.askNow();
    }, milliseconds);
  }
}

function troubleIn(error: unknown): Trouble | null {
  const code = error instanceof ApiError ? error.code : "";
  return code === "media_away" || code === "media_full" ? code : null;
}
