import { signal } from "@preact/signals-core";
import type { GiftSent } from "./types";

/** Nothing stays over the picture for longer. */
export const SHOWN_MS = 3000;
/** Gifts are gathered so long and shown together: a hundred a second are ten changes of the page. */
export const GATHER_MS = 100;
export const CARDS_MOST = 3;
export const FLOATS_MOST = 12;
export const BURSTS_MOST = 2;
export const BIG_WAITING_MOST = 3;
/** Different streaks gathered at once; what is beyond is counted only, the cheapest first. */
export const GATHERED_MOST = 60;
/** A float for each tap, up to so many at a time. */
const FLOATS_OF_ONE = 3;
/** The picture is free for a moment before the next big one. */
const BREATH_MS = 700;
/** A big one is not repeated for each tap of its streak. */
const BIG_AGAIN_MS = 10_000;
/** Who waited so long is not news any more. */
const BIG_STALE_MS = 12_000;
const IDS_KEPT = 500;
const LANES = 6;

export interface Shown {
  readonly key: string;
  /** Null for somebody who gave without a name. */
  readonly who: string | null;
  readonly sku: string;
  readonly name: string;
  readonly animation: string;
  readonly rarity: string;
  readonly quantity: number;
  readonly coins: number;
}
export type Card = Shown & { readonly until: number };
export interface Float {
  readonly key: string;
  readonly sku: string;
  readonly animation: string;
  /** One of so many paths, so that floats do not hide each other. */
  readonly lane: number;
  readonly until: number;
}
export type Big = Shown & { readonly until: number };

export interface ShowWorld {
  setTimeout(act: () => void, milliseconds: number): unknown;
  now(): number;
  /** Whether the viewer wants nothing to move. */
  isStill(): boolean;
  /** Whether nobody looks: then nothing is kept for later. */
  isHidden(): boolean;
}

interface Gathered {
  shown: Shown;
  taps: number;
}

/**
 * What of the room's gifts lies over the picture at the moment.
 *
 * Everything is bounded and goes by itself: what is too much is left out, small floats first, and counted in `more`.
 */
export class GiftShow {
  /** Streaks at the side, the oldest first. */
  readonly cards = signal<readonly Card[]>([]);
  readonly floats = signal<readonly Float[]>([]);
  readonly bursts = signal<readonly Card[]>([]);
  readonly big = signal<Big | null>(null);
  /** Gifts for whose cards there was no room. */
  readonly more = signal(0);

  private gathered = new Map<string, Gathered>();
  private waiting: (Shown & { since: number })[] = [];
  private readonly ids = new Set<string>();
  /** When the big one of a streak was begun. */
  private readonly begun = new Map<string, number>();
  private bigFreeAt = 0;
  private readonly leftOut = new Map<string, number>();
  private moreUntil = 0;
  private floatCount = 0;
  private isGathering = false;
  private wakeAt = Number.POSITIVE_INFINITY;

  constructor(private readonly world: ShowWorld) {}

  /** Takes note of a gift; one that comes twice counts once. */
  receive(event: GiftSent): void {
    if (this.world.isHidden() || this.ids.has(event.id)) return;
    this.remember(event.id);
    const shown = shownOf(event);
    const known = this.gathered.get(shown.key);
    if (known) {
      known.taps += 1;
      if (shown.quantity > known.shown.quantity) known.shown = shown;
    } else {
      this.gathered.set(shown.key, { shown, taps: 1 });
      if (this.gathered.size > GATHERED_MOST) this.leaveOutCheapest();
    }
    if (this.isGathering) return;
    this.isGathering = true;
    this.world.setTimeout(() => this.show(), GATHER_MS);
  }

  /** Takes everything away at once: the page goes. */
  clear(): void {
    this.gathered.clear();
    this.waiting = [];
    this.cards.value = [];
    this.floats.value = [];
    this.bursts.value = [];
    this.big.value = null;
    this.forgetLeftOut();
  }

  private show(): void {
    this.isGathering = false;
    const now = this.world.now();
    const all = [...this.gathered.values()].sort((a, b) => b.shown.coins - a.shown.coins);
    this.gathered = new Map();
    const still = this.world.isStill();
    for (const { shown, taps } of all) {
      this.card(shown, now);
      if (isBig(shown)) this.wantBig(shown, now);
      else if (still) continue;
      else if (shown.animation === "burst" && this.burst(shown, now)) continue;
      else this.float(shown, taps, now);
    }
    this.nextBig(now);
    this.wake();
  }

  private card(shown: Shown, now: number): void {
    const until = now + SHOWN_MS;
    const cards = this.cards.peek();
    const place = cards.findIndex(({ key }) => key === shown.key);
    if (place >= 0) {
      this.cards.value = cards.with(place, { ...shown, until });
      return;
    }
    if (cards.length < CARDS_MOST) {
      this.cards.value = [...cards, { ...shown, until }];
      return;
    }
    const least = cards.reduce((a, b) => (b.coins < a.coins ? b : a));
    const out = least.coins < shown.coins ? least : shown;
    if (out === least) this.cards.value = [...cards.filter((card) => card !== least), { ...shown, until }];
    this.leaveOut(out, now);
  }

  private leaveOut({ key, quantity }: Shown, now: number): void {
    this.leftOut.set(key, Math.max(quantity, this.leftOut.get(key) ?? 0));
    this.more.value = [...this.leftOut.values()].reduce((sum, one) => sum + one);
    this.moreUntil = now + SHOWN_MS;
  }

  private forgetLeftOut(): void {
    this.leftOut.clear();
    this.more.value = 0;
  }

  private leaveOutCheapest(): void {
    const cheapest = [...this.gathered.values()].reduce((a, b) => (b.shown.coins < a.shown.coins ? b : a));
    this.gathered.delete(cheapest.shown.key);
    this.leaveOut(cheapest.shown, this.world.now());
  }

  private float(shown: Shown, taps: number, now: number): void {
    const free = FLOATS_MOST - this.floats.peek().length;
    const added = Array.from({ length: Math.min(taps, FLOATS_OF_ONE, free) }, () => {
      this.floatCount += 1;
      const { sku, animation } = shown;
      return { key: `f${this.floatCount}`, sku, animation, lane: this.floatCount % LANES, until: now + SHOWN_MS };
    });
    if (added.length > 0) this.floats.value = [...this.floats.peek(), ...added];
  }

  private burst(shown: Shown, now: number): boolean {
    const bursts = this.bursts.peek();
    if (bursts.some(({ key }) => key === shown.key)) return true;
    if (bursts.length >= BURSTS_MOST) return false;
    this.bursts.value = [...bursts, { ...shown, until: now + SHOWN_MS }];
    return true;
  }

  private wantBig(shown: Shown, now: number): void {
    const { value: big } = this.big;
    if (big?.key === shown.key) {
      // It grows, and goes when it would have gone.
      this.big.value = { ...shown, until: big.until };
      return;
    }
    const waits = this.waiting.findIndex(({ key }) => key === shown.key);
    if (waits >= 0) {
      this.waiting[waits] = { ...shown, since: now };
      return;
    }
    if (now - (this.begun.get(shown.key) ?? Number.NEGATIVE_INFINITY) < BIG_AGAIN_MS) return;
    this.waiting.push({ ...shown, since: now });
    if (this.waiting.length <= BIG_WAITING_MOST) return;
    const least = this.waiting.reduce((a, b) => (b.coins < a.coins ? b : a));
    this.waiting = this.waiting.filter((other) => other !== least);
  }

  private nextBig(now: number): void {
    if (this.big.peek() !== null || now < this.bigFreeAt) return;
    this.waiting = this.waiting.filter(({ since }) => now - since < BIG_STALE_MS);
    const next = this.waiting.shift();
    if (!next) return;
    this.big.value = { ...next, until: now + SHOWN_MS };
    this.bigFreeAt = now + SHOWN_MS + BREATH_MS;
    for (const [key, at] of this.begun) if (now - at >= BIG_AGAIN_MS) this.begun.delete(key);
    this.begun.set(next.key, now);
  }

  /** Takes away what had its time. */
  private sweep(): void {
    const now = this.world.now();
    const stays = ({ until }: { until: number }): boolean => until > now;
    for (const list of [this.cards, this.bursts]) {
      if (!list.peek().every(stays)) list.value = list.peek().filter(stays);
    }
    if (!this.floats.peek().every(stays)) this.floats.value = this.floats.peek().filter(stays);
    const { value: big } = this.big;
    if (big && !stays(big)) this.big.value = null;
    if (this.moreUntil <= now) this.forgetLeftOut();
    this.nextBig(now);
    this.wake();
  }

  private wake(): void {
    const now = this.world.now();
    const times = [...this.cards.peek(), ...this.bursts.peek(), ...this.floats.peek()].map(({ until }) => until);
    const { value: big } = this.big;
    if (big) times.push(big.until);
    if (this.more.peek() > 0) times.push(this.moreUntil);
    if (this.waiting.length > 0) times.push(Math.max(this.bigFreeAt, now));
    if (times.length === 0) return;
    const at = Math.min(...times);
    if (at >= this.wakeAt) return;
    this.wakeAt = at;
    this.world.setTimeout(
      () => {
        if (this.wakeAt !== at) return;
        this.wakeAt = Number.POSITIVE_INFINITY;
        this.sweep();
      },
      Math.max(0, at - now),
    );
  }

  private remember(id: string): void {
    this.ids.add(id);
    if (this.ids.size <= IDS_KEPT) return;
    const [oldest] = this.ids;
    if (oldest !== undefined) this.ids.delete(oldest);
  }
}

function isBig({ animation }: Shown): boolean {
  return animation === "fireworks" || animation === "confetti";
}

function shownOf({ user, gift, name, animation, rarity, combo }: GiftSent): Shown {
  const who = user?.name ?? null;
  return { key: combo.id, who, sku: gift, name, animation, rarity, quantity: combo.quantity, coins: combo.coins };
}
