import { signal } from "@preact/signals-core";

/** What somebody is in a channel, the least first. Nobody acts on those of their own rank or above. */
export const RANKS = ["nobody", "vip", "moderator", "lead", "owner", "staff"] as const;
export type Rank = (typeof RANKS)[number];

export function outranks(one: Rank, other: Rank): boolean {
  return RANKS.indexOf(one) > RANKS.indexOf(other);
}

/** What holds in the chat for everybody but the team and its VIPs. */
export interface Modes {
  readonly slow_seconds: number | null;
  readonly followers_minutes: number | null;
  readonly emote_only: boolean;
  readonly shield: boolean;
}

export interface Caution {
  readonly id: string;
  readonly reason: string;
}

/** The answer of `GET /api/streams/{id}/chat/me`. Times are of the server's clock. */
export interface ChatMe {
  readonly can_chat: boolean;
  readonly reason: string | null;
  readonly until: string | null;
  readonly caution: Caution | null;
  readonly rank: Rank;
  readonly moderates: boolean;
  readonly slow_until: string | null;
  readonly followers_until: string | null;
}

/** What keeps somebody from writing now. `until` is by this page's clock; null while it does not end by itself. */
export type Hold =
  | { readonly is: "banned" }
  | { readonly is: "timed_out"; readonly until: number }
  | { readonly is: "cautioned"; readonly caution: Caution }
  | { readonly is: "followers"; readonly minutes: number; readonly until: number | null }
  | { readonly is: "slow"; readonly until: number };

const NO_MODES: Modes = { slow_seconds: null, followers_minutes: null, emote_only: false, shield: false };
/** Clocks that differ by less agree: the server tells the time in whole seconds, and the answer took a while. */
const CLOCKS_AGREE_MS = 2000;

export interface StandingWorld {
  /** Asks the server; null when it does not answer. `at` is what its clock showed. */
  ask(): Promise<{ readonly me: ChatMe; readonly at: number } | null>;
  now(): number;
}

/** Where one stands in a channel's chat: what one is there, what holds for all, and what keeps one from writing. */
export class Standing {
  readonly me = signal<ChatMe | null>(null);
  readonly modes = signal<Modes>(NO_MODES);
  private readonly slowUntil = signal<number | null>(null);
  /** How far this page's clock is ahead of the server's. */
  private aheadMs = 0;
  private isStale = false;
  private saidAt: number | null = null;

  constructor(private readonly world: StandingWorld) {}

  get rank(): Rank {
    return this.me.value?.rank ?? "nobody";
  }

  async refresh(): Promise<void> {
    this.isStale = false;
    const answer = await this.world.ask();
    if (answer === null) {
      this.isStale = true;
      return;
    }
    const ahead = this.world.now() - answer.at;
    this.aheadMs = Math.abs(ahead) < CLOCKS_AGREE_MS ? 0 : ahead;
    this.take(answer.me);
  }

  /** Somebody is about to write: what was not asked for with all the others is asked for now. */
  async touch(): Promise<void> {
    if (this.isStale) await this.refresh();
  }

  /** News of oneself, all of it or a part. */
  take(news: Partial<ChatMe>): void {
    const before = this.me.peek();
    const me: ChatMe = { ...(before ?? STRANGER), ...news };
    // What is pushed has one time for whatever the reason is.
    if (news.reason === "followers_mode" && news.followers_until === undefined && news.until !== undefined) {
      Object.assign(me, { followers_until: news.until });
    }
    this.me.value = me;
    this.slowUntil.value = this.here(me.slow_until);
  }

  changed(news: Partial<Modes>): void {
    const before = this.modes.peek();
    const modes = { ...NO_MODES, ...news };
    this.modes.value = modes;
    if (modes.slow_seconds !== before.slow_seconds) this.wait();
    // A thousand people do not ask at once when it is switched: each asks when they want to write.
    if (modes.followers_minutes !== before.followers_minutes) {
      this.isStale = true;
      const me = this.me.peek();
      if (me?.reason === "followers_mode") this.me.value = { ...me, can_chat: true, reason: null, followers_until: null };
    }
  }

  /** A line of one's own was taken: with slow mode the next one has to wait. */
  said(): void {
    this.saidAt = this.world.now();
    this.wait();
  }

  /** A line of one's own was refused; the refusal says for how long. True when the reason is shown where one writes. */
  refused(code: string, details: Readonly<Record<string, unknown>>): boolean {
    const seconds = details["retry_after_seconds"];
    const until = typeof seconds === "number" ? this.world.now() + seconds * 1000 : null;
    switch (code) {
      case "banned":
        this.take({ can_chat: false, reason: code });
        return true;
      case "timed_out":
        if (until === null) return false;
        this.take({ can_chat: false, reason: code, until: this.there(until) });
        return true;
      case "cautioned": {
        const { caution, reason } = details;
        if (typeof caution !== "string") return false;
        this.take({ can_chat: false, reason: code, caution: { id: caution, reason: typeof reason === "string" ? reason : "" } });
        return true;
      }
      case "slow_mode":
        this.slowUntil.value = until;
        return until !== null;
      case "followers_mode": {
        const { minutes, follows_since: since } = details;
        const from = typeof since === "string" && typeof minutes === "number" ? Date.parse(since) + minutes * 60_000 : null;
        this.take({ can_chat: false, reason: code, followers_until: from === null ? null : new Date(from).toISOString() });
        return true;
      }
      default:
        return false;
    }
  }

  /** What keeps one from writing at this moment, the gravest first; null when nothing does. */
  hold(now: number): Hold | null {
    const me = this.me.value;
    const slowUntil = this.slowUntil.value;
    if (me?.reason === "banned") return { is: "banned" };
    const until = me?.reason === "timed_out" ? this.here(me.until) : null;
    if (until !== null && until > now) return { is: "timed_out", until };
    if (me?.caution && !me.can_chat) return { is: "cautioned", caution: me.caution };
    if (me?.reason === "followers_mode" && this.isBound) {
      const from = this.here(me.followers_until);
      if (from === null || from > now) return { is: "followers", minutes: this.modes.value.followers_minutes ?? 0, until: from };
    }
    return slowUntil !== null && slowUntil > now && this.isBound ? { is: "slow", until: slowUntil } : null;
  }

  /** Slow mode counts from the last line, also where it was switched after that. */
  private wait(): void {
    const { slow_seconds: slow } = this.modes.peek();
    if (slow === null) this.slowUntil.value = null;
    else if (this.saidAt !== null) this.slowUntil.value = this.saidAt + slow * 1000;
  }

  /** Whether modes hold for this person: not for the team, nor for its VIPs. */
  private get isBound(): boolean {
    return this.rank === "nobody";
  }

  private here(moment: string | null): number | null {
    return moment === null ? null : Date.parse(moment) + this.aheadMs;
  }

  private there(moment: number): string {
    return new Date(moment - this.aheadMs).toISOString();
  }
}

const STRANGER: ChatMe = {
  can_chat: true,
  reason: null,
  until: null,
  caution: null,
  rank: "nobody",
  moderates: false,
  slow_until: null,
  followers_until: null,
};

/** Asks for oneself, and takes the time from the answer: a countdown must not depend on how the viewer's clock is set. */
export async function askForMe(streamId: string): Promise<{ me: ChatMe; at: number } | null> {
  try {
    const response = await fetch(`/api/streams/${streamId}/chat/me`, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (!response.ok) return null;
    const at = Date.parse(response.headers.get("Date") ?? "");
    return { me: (await response.json()) as ChatMe, at: Number.isNaN(at) ? Date.now() : at };
  } catch {
    return null;
  }
}
