import { computed, signal, type Signal } from "@preact/signals-core";
import { api, ApiError } from "../../api/client";
import { amountFrom, amountText } from "../../ui/money";
import type { Price } from "../stream/gate";

/** A price as its creator has it; how long everybody may look in belongs to it. */
export interface FullPrice extends Price {
  readonly preview_seconds: number;
}

export type LowerField = "amount" | "coins";
/** What is wrong with a field, as a word; sentences are the page's. */
export type LowerFault = "not_an_amount" | "not_whole";

/** What the server did not take: the API's code, and its reason where it gives one. */
export interface PriceRefusal {
  readonly code: string;
  readonly reason: string;
}

/** The price of a stream that runs, as it is being typed: in the ways it is sold already, since none may go. */
export class Lowering {
  readonly price: Signal<FullPrice>;
  readonly amount = signal("");
  readonly coins = signal("");
  /** Faults are told once somebody tried to save, and from then on as they type. */
  readonly isJudged = signal(false);
  readonly isPending = signal(false);
  readonly isSaved = signal(false);
  readonly refusal = signal<PriceRefusal | null>(null);

  readonly faults = computed<Readonly<Partial<Record<LowerField, LowerFault>>>>(() => {
    const faults: Partial<Record<LowerField, LowerFault>> = {};
    const { amount, coins } = this.body.value;
    if (this.price.value.amount !== null && amount === null) faults.amount = "not_an_amount";
    if (this.price.value.coins !== null && coins === null) faults.coins = "not_whole";
    return faults;
  });
  /** Whether what is typed is another price than the one there is. */
  readonly isOther = computed(() => {
    const { price, body } = this;
    return body.value.amount !== price.value.amount || body.value.coins !== price.value.coins;
  });

  /** What was not asked about stays as it is. */
  private readonly body = computed<FullPrice>(() => {
    const { amount, currency, coins } = this.price.value;
    const typed = this.coins.value.trim();
    return {
      ...this.price.value,
      amount: amount === null ? null : amountFrom(this.amount.value, currency),
      coins: coins === null || !/^\d{1,9}$/.test(typed) ? null : Number(typed),
    };
  });

  constructor(
    price: FullPrice,
    private readonly streamId: string,
  ) {
    this.price = signal(price);
    this.show(price);
  }

  /** Asks the server, which alone knows whether somebody has a ticket. False when nothing was changed, which is shown. */
  async save(): Promise<boolean> {
    this.isJudged.value = true;
    this.isSaved.value = false;
    this.refusal.value = null;
    if (this.isPending.value || Object.keys(this.faults.value).length > 0 || !this.isOther.value) return false;
    this.isPending.value = true;
    try {
      const { amount, currency, coins, pay_what_you_want, preview_seconds } = this.body.value;
      const body = { amount, currency, coins, pay_what_you_want, preview_seconds };
      this.show(await api<FullPrice>(`/api/streams/${this.streamId}/price`, { method: "PUT", body }));
      this.isJudged.value = false;
      this.isSaved.value = true;
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { reason } = error.details;
      this.refusal.value = { code: error.code, reason: typeof reason === "string" ? reason : "" };
      return false;
    } finally {
      this.isPending.value = false;
    }
  }

  private show(price: FullPrice): void {
    this.price.value = price;
    // As somebody would type it: without what parts thousands.
    this.amount.value = price.amount === null ? "" : amountText(price.amount, price.currency).replaceAll(",", "");
    this.coins.value = price.coins === null ? "" : String(price.coins);
  }
}
