import { computed, signal } from "@preact/signals-core";
import { api, ApiError } from "../../api/client";
import type { components } from "../../api/schema.gen";
import { amountFrom, share } from "../../ui/money";

type Schemas = components["schemas"];
export type Price = Schemas["TipPriceOut"];
export type Tier = Price["tiers"][number];
export type Order = Schemas["OrderOut"];
type Tip = Schemas["TipOut"];

/** How often somebody who is back from paying asks what became of it. */
const ASK_EVERY_MS = 3000;
const REMEMBERED = "busk:tip:";

/** Where a tip stands that somebody went to pay. `left` and `declined` can go on, `over` is to be given anew. */
export type Outcome = "waiting" | "left" | "declined" | "processing" | "paid" | "over";

/** Why a tip could not be given: the API's code and details. */
export interface Trouble {
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface TippingWorld {
  setTimeout(act: () => void, milliseconds: number): unknown;
  leave(url: string): void;
  newId(): string;
  readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
}

/** What the sheet for tips shows and does, apart from how it looks. */
export class Tipping {
  readonly price = signal<Price | null>(null);
  readonly state = signal<"loading" | "failed" | "ready">("loading");
  /** One of the amounts offered, or null when another one is typed. */
  readonly offered = signal<number | null>(null);
  readonly typed = signal("");
  readonly message = signal("");
  readonly anonymous = signal(false);
  readonly trouble = signal<Trouble | null>(null);
  readonly isLeaving = signal(false);
  /** The tip that somebody came back from paying, and where it stands. */
  readonly given = signal<Tip | null>(null);
  readonly outcome = signal<Outcome | null>(null);

  /** In minor units; null for what is no amount. */
  readonly amount = computed(() => this.offered.value ?? amountFrom(this.typed.value, this.price.value?.currency ?? ""));
  readonly tier = computed(() => tierOf(this.price.value, this.amount.value));
  readonly parts = computed(() => partsOf(this.price.value, this.amount.value));
  readonly charactersLeft = computed(() => {
    const { characters } = this.tier.value ?? this.price.value?.tiers.at(-1) ?? { characters: 0 };
    return characters - Array.from(this.message.value.trim()).length;
  });

  private readonly key: string;
  private request: string;
  private asked = "";
  private wasLeft = false;
  private isAsking = false;

  constructor(
    private readonly streamId: string,
    private readonly world: TippingWorld = browserWorld(),
  ) {
    this.key = `${REMEMBERED}${streamId}`;
    this.request = world.newId();
    // What was refused was refused for its amount, or may be given as another.
    this.amount.subscribe(() => (this.trouble.value = null));
  }

  /** Asks what may be given, in a currency or in the usual one. */
  async load(currency?: string): Promise<void> {
    try {
      const price = await api<Price>(currency === undefined ? "/api/tips" : `/api/tips?currency=${currency}`);
      this.price.value = price;
      this.state.value = "ready";
      if (this.offered.value === null && this.typed.value === "") this.offered.value = price.amounts[1]?.amount ?? null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (this.price.value === null) this.state.value = "failed";
    }
  }

  get canGive(): boolean {
    const price = this.price.value;
    const amount = this.amount.value;
    if (price === null || amount === null || this.isLeaving.value) return false;
    return amount >= price.least && amount <= price.most && this.charactersLeft.value >= 0;
  }

  /** Orders the tip and leaves for the page on which it is paid. */
  async give(): Promise<void> {
    const price = this.price.value;
    const amount = this.amount.value;
    if (price === null || amount === null || !this.canGive) return;
    await this.order({ amount, currency: price.currency, message: this.message.value, anonymous: this.anonymous.value });
  }

  /** The tip that an order is for: what became of it. False when the order is for something else, or somebody else's. */
  async cameBack(orderId: string, wasLeft: boolean): Promise<boolean> {
    this.wasLeft = wasLeft;
    try {
      this.take(await api<Tip>(`/api/tips/${orderId}`));
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.forget();
      return false;
    }
  }

  /** The order that this page went to pay and did not come back from by its own way. */
  get remembered(): string | null {
    return this.world.storage.getItem(this.key);
  }

  /** The same once more, with its words. What waits is taken back first, so that nothing is paid twice. */
  async again(): Promise<void> {
    const tip = this.given.value;
    if (tip === null || !(await this.takeBack())) return;
    const { message, anonymous, order } = tip;
    await this.order({ amount: order.amount, currency: order.currency, message, anonymous });
  }

  /** Back to the form, with what it said. */
  async change(): Promise<void> {
    const tip = this.given.value;
    if (tip === null || !(await this.takeBack())) return;
    this.message.value = tip.message;
    this.anonymous.value = tip.anonymous;
    if (tip.order.currency !== this.price.value?.currency) await this.load(tip.order.currency);
    this.setAmount(tip.order.amount);
    this.forget();
  }

  /** Not now: what waits is taken back. True when it is, or was nothing to take back. */
  async drop(): Promise<boolean> {
    if (!(await this.takeBack())) return false;
    this.forget();
    return true;
  }

  /** Done with: the form is fresh. */
  forget(): void {
    this.given.value = null;
    this.outcome.value = null;
    this.trouble.value = null;
    this.world.storage.removeItem(this.key);
  }

  private setAmount(amount: number): void {
    const isOffered = this.price.value?.amounts.some((one) => one.amount === amount) ?? false;
    this.offered.value = isOffered ? amount : null;
    if (!isOffered) this.typed.value = typedOf(amount, this.price.value?.currency ?? "");
  }

  private async order(body: object): Promise<void> {
    // The same again, after an answer that got lost, is the same order.
    const asked = JSON.stringify(body);
    if (asked !== this.asked) this.request = this.world.newId();
    this.asked = asked;
    this.isLeaving.value = true;
    this.trouble.value = null;
    try {
      const path = `/api/streams/${this.streamId}/tip`;
      const { order, url } = await api<Schemas["CheckoutOut"]>(path, { method: "POST", body, key: this.request });
      this.world.storage.setItem(this.key, order.id);
      this.asked = "";
      this.world.leave(url);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // An answer came, so the next try is another request.
      if (error.status !== 0) this.asked = "";
      this.trouble.value = { code: error.code, details: error.details };
      this.isLeaving.value = false;
    }
  }

  /** False when it was paid meanwhile, or nobody answered. */
  private async takeBack(): Promise<boolean> {
    const tip = this.given.value;
    if (tip === null || tip.order.state !== "open") return true;
    this.trouble.value = null;
    try {
      const order = await api<Order>(`/api/payments/orders/${tip.order.id}/cancel`, { method: "POST" });
      if (order.state !== "paid" && order.state !== "processing") return true;
      this.take({ ...tip, order });
      return false;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === "order_closed") {
        if (error.details["state"] !== "paid") return true;
        await this.cameBack(tip.order.id, false);
        return false;
      }
      this.trouble.value = { code: error.code, details: error.details };
      return false;
    }
  }

  private take(tip: Tip): void {
    this.given.value = tip;
    this.outcome.value = outcomeOf(tip.order, this.wasLeft);
    if (this.outcome.value === "paid") this.world.storage.removeItem(this.key);
    if (this.outcome.value === "waiting" && !this.isAsking) {
      this.isAsking = true;
      this.world.setTimeout(() => {
        this.isAsking = false;
        if (this.given.value?.order.id === tip.order.id) void this.cameBack(tip.order.id, this.wasLeft);
      }, ASK_EVERY_MS);
    }
  }
}

export function outcomeOf(order: Order, wasLeft: boolean): Outcome {
  switch (order.state) {
    case "paid":
      return "paid";
    case "processing":
      return "processing";
    case "open":
      if (order.declined !== "" && !order.needs_action) return "declined";
      return wasLeft ? "left" : "waiting";
    default:
      return "over";
  }
}

/** The step that an amount reaches; null for less than may be given. */
export function tierOf(price: Price | null, amount: number | null): Tier | null {
  if (price === null || amount === null) return null;
  return price.tiers.filter(({ least }) => amount >= least).at(-1) ?? null;
}

/** Who gets what, as payments/fees.py has it. */
export function partsOf(price: Price | null, amount: number | null) {
  if (price === null || amount === null || amount < price.least || amount > price.most) return null;
  const platform = share(amount, price.fee_percent, 100);
  const processing = share(amount, price.processing_per_mille, 1000) + price.processing_fixed;
  return { platform, processing, creator: amount - platform - processing };
}

function typedOf(amount: number, currency: string): string {
  return amountFrom("1", currency) === 1 ? String(amount) : (amount / 100).toFixed(2);
}

function browserWorld(): TippingWorld {
  return {
    setTimeout: (act, milliseconds) => setTimeout(act, milliseconds),
    leave: (url) => location.assign(url),
    newId: () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(36)).join(""),
    storage: sessionStorage,
  };
}
