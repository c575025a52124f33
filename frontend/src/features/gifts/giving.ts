import { computed, signal } from "@preact/signals-core";
import { ApiError } from "../../api/client";
import type { Gift } from "./types";

/** This many taps are on their way at once; the others wait their turn. */
export const FLYING_MOST = 3;
/** Who taps faster than the server books must wait, rather than spend for a minute after letting go. */
export const WAITING_MOST = 20;
export const QUANTITY_MOST = 99;
/** A tap that may or may not have arrived is sent so often, always under its own id. */
const ATTEMPTS = 5;
const AGAIN_MS = 1000;
const AGAIN_MOST_MS = 15_000;
/** Taps on one gift this close together are one streak, as for the server (gifts.services.COMBO_PAUSE). */
export const COMBO_PAUSE_MS = 3000;

export interface Tap {
  /** The request id: the server books it once, however often it is sent. */
  readonly id: string;
  readonly gift: Gift;
  readonly quantity: number;
  readonly coins: number;
  readonly anonymous: boolean;
  /** `unsure`: given up without an answer, so it may have been booked or not. */
  readonly state: "waiting" | "flying" | "unsure";
}

/** Why nothing was sent: the code of the refusal, or `short` with what is missing. */
export type Trouble =
  | { readonly code: "not_enough_coins"; readonly gift: Gift; readonly missing: number }
  | { readonly code: string; readonly gift: Gift; readonly help: string | null };

export interface Streak {
  readonly sku: string;
  readonly quantity: number;
}

export interface GivingWorld {
  /** Books the tap, or rejects with an ApiError; resolves to the coins that are left. */
  send(tap: Tap): Promise<number>;
  /** Asks for the coins that there are. */
  balance(): Promise<number | null>;
  setTimeout(act: () => void, milliseconds: number): unknown;
  now(): number;
  newId(): string;
}

/**
 * One person's giving on one page: taps on their way, and what is left of the coins.
 *
 * The balance shown goes down with each tap and comes back up if the tap is refused. Nothing is ever sent under a
 * second id because no answer came: whether it was booked is the server's to know.
 */
export class Giving {
  readonly taps = signal<readonly Tap[]>([]);
  readonly trouble = signal<Trouble | null>(null);
  readonly streak = signal<Streak | null>(null);
  /** As far as answered; null while unknown. */
  private readonly known = signal<number | null>(null);
  /** What is left after all that was tapped. */
  readonly balance = computed(() => {
    const { value } = this.known;
    return value === null ? null : value - this.taps.value.reduce((coins, tap) => coins + tap.coins, 0);
  });
  readonly unsure = computed(() => this.taps.value.filter((tap) => tap.state === "unsure"));

  /** The least balance that an answer told since nothing was on its way: answers may overtake each other. */
  private told = Number.POSITIVE_INFINITY;
  private lastTapAt = 0;

  constructor(private readonly world: GivingWorld) {}

  /** What the server says that there is, unless taps are on their way whose answers will say it better. */
  know(coins: number | null): void {
    if (!this.isBusy) this.known.value = coins;
  }

  /** Sends so many of a gift. False when there are not enough coins, or too much is waiting already. */
  tap(gift: Gift, quantity: number, anonymous: boolean): boolean {
    const coins = gift.price_coins * quantity;
    const left = this.balance.peek();
    if (left !== null && left < coins) {
      this.trouble.value = { code: "not_enough_coins", gift, missing: coins - left };
      return false;
    }
    if (this.taps.peek().filter((tap) => tap.state === "waiting").length >= WAITING_MOST) return false;
    this.trouble.value = null;
    this.taps.value = [
      ...this.taps.peek(),
      { id: this.world.newId(), gift, quantity, coins, anonymous, state: "waiting" },
    ];
    this.grow(gift, quantity);
    this.pump();
    return true;
  }

  /** Sends what got no answer once more, each tap under its own id. */
  retry(): void {
    this.taps.value = this.taps.peek().map((tap) => (tap.state === "unsure" ? { ...tap, state: "waiting" } : tap));
    this.pump();
  }

  /** Leaves open what became of those without an answer; the balance says what they cost, if anything. */
  async discard(): Promise<void> {
    this.taps.value = this.taps.peek().filter((tap) => tap.state !== "unsure");
    await this.ask();
  }

  private get isBusy(): boolean {
    return this.taps.peek().length > 0;
  }

  private pump(): void {
    const taps = this.taps.peek();
    const free = FLYING_MOST - taps.filter((tap) => tap.state === "flying").length;
    const next = taps.filter((tap) => tap.state === "waiting").slice(0, Math.max(0, free));
    for (const tap of next) {
      this.mark(tap.id, "flying");
      void this.fly(tap, 1);
    }
  }

  private async fly(tap: Tap, attempt: number): Promise<void> {
    try {
      this.booked(tap, await this.world.send(tap));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!isUnsure(error)) await this.refused(tap, error);
      else if (attempt >= ATTEMPTS) this.mark(tap.id, "unsure");
      else {
        const patience = Math.min(AGAIN_MS * 2 ** (attempt - 1), AGAIN_MOST_MS);
        const wait = Math.max(patience, (error.retryAfterSeconds ?? 0) * 1000);
        this.world.setTimeout(() => void this.fly(tap, attempt + 1), wait);
        return;
      }
    }
    this.pump();
  }

  private booked(tap: Tap, left: number): void {
    const before = this.known.peek();
    this.told = Math.min(this.told, left);
    this.drop((other) => other.id === tap.id);
    if (before !== null) this.known.value = before - tap.coins;
    this.settle();
  }

  /** It was not booked: the coins are back, and what waits behind it would fare no better. */
  private async refused(tap: Tap, error: ApiError): Promise<void> {
    this.drop((other) => other.id === tap.id || other.state === "waiting");
    this.streak.value = null;
    const { balance_coins: balance, missing_coins: missing, help } = error.details;
    if (error.code === "not_enough_coins" && typeof missing === "number") {
      this.trouble.value = { code: "not_enough_coins", gift: tap.gift, missing };
      if (typeof balance === "number") this.told = Math.min(this.told, balance);
      this.settle();
      return;
    }
    this.trouble.value = { code: error.code, gift: tap.gift, help: typeof help === "string" ? help : null };
    this.settle();
    if (!this.isBusy) await this.ask();
  }

  /** Once nothing is on its way, what the server told holds. */
  private settle(): void {
    if (this.isBusy) return;
    if (Number.isFinite(this.told)) this.known.value = this.told;
    this.told = Number.POSITIVE_INFINITY;
  }

  private async ask(): Promise<void> {
    try {
      this.know(await this.world.balance());
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  private grow(gift: Gift, quantity: number): void {
    const now = this.world.now();
    const last = this.streak.peek();
    const goesOn = last?.sku === gift.sku && now - this.lastTapAt <= COMBO_PAUSE_MS;
    this.lastTapAt = now;
    this.streak.value = { sku: gift.sku, quantity: quantity + (goesOn ? last.quantity : 0) };
    this.world.setTimeout(() => {
      if (this.world.now() - this.lastTapAt >= COMBO_PAUSE_MS) this.streak.value = null;
    }, COMBO_PAUSE_MS);
  }

  private mark(id: string, state: Tap["state"]): void {
    this.taps.value = this.taps.peek().map((tap) => (tap.id === id ? { ...tap, state } : tap));
  }

  private drop(goes: (tap: Tap) => boolean): void {
    this.taps.value = this.taps.peek().filter((tap) => !goes(tap));
  }
}

/** Nothing came back, or only that now is a bad moment: the same once more may do. */
function isUnsure(error: ApiError): boolean {
  return error.status === 0 || error.status === 429 || error.status >= 500;
}
