import { computed, signal } from "@preact/signals-core";
import { api, ApiError } from "../../api/client";
import type { components } from "../../api/schema.gen";
import { moneyText, share } from "../../ui/money";
import { Giving, QUANTITY_MOST } from "./giving";
import type { Catalogue, Gift } from "./types";

type GiftSendOut = components["schemas"]["GiftSendOut"];
type Packs = components["schemas"]["PacksOut"];
type Checkout = components["schemas"]["CheckoutOut"];
export type Pack = Packs["packs"][number];
export type Exact = NonNullable<Packs["exact"]>;

/** What the page's address says when somebody comes back from paying or signing in: the gift they had chosen. */
export const CHOSEN = "gift";
const ANONYMOUS_KEY = "busk:gives-anonymously";

/** What the tray shows and does, apart from how it looks. */
export class Tray {
  readonly catalogue = signal<Catalogue | null>(null);
  readonly state = signal<"loading" | "failed" | "ready">("loading");
  readonly quantity = signal(1);
  readonly anonymous = signal(readAnonymous());
  /** The gift that was chosen before leaving to pay. */
  readonly chosen = signal<string | null>(null);
  readonly packs = signal<Packs | null>(null);
  /** The code of why one cannot pay, or `leaving` while the page to pay on opens. */
  readonly paying = signal<string | null>(null);
  readonly giving: Giving;
  readonly isSandbox = computed(() => this.catalogue.value?.payments === "sandbox");
  readonly isFrozen = computed(() => this.catalogue.value?.wallet?.frozen === true);

  constructor(private readonly streamId: string) {
    this.giving = new Giving({
      send: async ({ id, gift, quantity, anonymous }) => {
        const body = { gift: gift.sku, quantity, anonymous, request_id: id };
        return (await api<GiftSendOut>(`/api/streams/${streamId}/gift`, { method: "POST", body })).balance_coins;
      },
      balance: async () => {
        await this.load();
        return this.catalogue.value?.wallet?.balance_coins ?? null;
      },
      setTimeout: (act, milliseconds) => setTimeout(act, milliseconds),
      now: () => Date.now(),
      newId,
    });
  }

  /** Asks for the gifts and for what one has. What was there before stays until the answer is here. */
  async load(): Promise<void> {
    try {
      const catalogue = await api<Catalogue>("/api/gifts");
      this.catalogue.value = catalogue;
      this.state.value = "ready";
      this.giving.know(catalogue.wallet?.balance_coins ?? null);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (this.catalogue.peek() === null) this.state.value = "failed";
    }
  }

  setQuantity(quantity: number): void {
    this.quantity.value = Math.min(QUANTITY_MOST, Math.max(1, Math.trunc(quantity) || 1));
  }

  setAnonymous(anonymous: boolean): void {
    this.anonymous.value = anonymous;
    localStorage.setItem(ANONYMOUS_KEY, anonymous ? "yes" : "");
  }

  /** Sends as many as chosen. False when it could not be tapped. */
  tap(gift: Gift): boolean {
    this.chosen.value = gift.sku;
    return this.giving.tap(gift, this.quantity.value, this.anonymous.value);
  }

  /** What so many coins cost in money, as text. */
  money(coins: number): string {
    const rate = this.catalogue.value?.rate;
    return rate ? moneyText(share(rate.amount, coins, rate.coins), rate.currency) : "";
  }

  /** What packs cost, and exactly so many coins where so many are sold. */
  async askPrices(missing: number | null): Promise<void> {
    this.packs.value = null;
    this.paying.value = null;
    try {
      const query = missing === null ? "" : `?coins=${missing}`;
      this.packs.value = await api<Packs>(`/api/payments/packs${query}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (missing !== null && error.code === "amount_out_of_range") await this.askPrices(null);
      else this.paying.value = error.code;
    }
  }

  /** Leaves for the page to pay on, and comes back here with the gift chosen. */
  async buy(what: { readonly pack: number } | { readonly coins: number }): Promise<void> {
    if (this.paying.peek() === "leaving") return;
    this.paying.value = "leaving";
    const currency = this.packs.peek()?.currency ?? this.catalogue.peek()?.rate.currency;
    const body = { ...what, currency, next: this.wayBack };
    try {
      const { url } = await api<Checkout>("/api/payments/checkout", { method: "POST", body });
      location.assign(url);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.paying.value = error.code;
    }
  }

  /** The address of this stream with the tray open. */
  get wayBack(): string {
    return `/stream/${this.streamId}?${CHOSEN}=${encodeURIComponent(this.chosen.value ?? "")}`;
  }
}

/** A UUID of chance alone. Not randomUUID: that one exists only on https and localhost. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function readAnonymous(): boolean {
  return localStorage.getItem(ANONYMOUS_KEY) === "yes";
}
