import { computed, signal } from "@preact/signals-core";
import { api, ApiError } from "../../api/client";
import { amountFrom, share } from "../../ui/money";

/** What the operator settled, as the page carries it. Amounts are in minor units of `currency`. */
export interface Terms {
  readonly currency: string;
  readonly least: number;
  readonly most: number;
  readonly fee_percent: number;
  readonly per_mille: number;
  readonly fixed: number;
  /** What a creator gets for coins: so much for so many. */
  readonly coins_worth: readonly [amount: number, coins: number];
  readonly least_coins: number;
  readonly most_coins: number;
  readonly preview_seconds: number;
}

/** What becomes of one ticket's price: ours, the payment's, the creator's. */
export interface Split {
  readonly gross: number;
  readonly platform: number;
  readonly processing: number;
  readonly creator: number;
}

/** By the rule of docs/money.md; what the payment really takes is known once it is made. */
export function splitOf(gross: number, terms: Terms): Split {
  const platform = share(gross, terms.fee_percent, 100);
  const processing = share(gross, terms.per_mille, 1000) + terms.fixed;
  return { gross, platform, processing, creator: gross - platform - processing };
}

export interface PriceBody {
  readonly amount: number | null;
  readonly currency: string;
  readonly coins: number | null;
  readonly pay_what_you_want: boolean;
  readonly preview_seconds: number;
}

export type Field = "amount" | "coins";
/** What is wrong with a field, as a word; sentences are the page's. */
export type Fault = "not_an_amount" | "out_of_range" | "missing" | "not_whole";

interface Kept {
  sells: boolean;
  amount: string;
  coins: string;
  payWhatYouWant: boolean;
  preview: boolean;
}

const KEY = "busk:draft-price";

/** The price of a stream as it is being typed; kept in this tab like the rest of the form. */
export class PriceDraft {
  readonly sells = signal(false);
  readonly amount = signal("");
  readonly coins = signal("");
  readonly payWhatYouWant = signal(false);
  readonly preview = signal(true);
  /** Faults are told once somebody tried to go on, and from then on as they type. */
  readonly isJudged = signal(false);
  /** Why the server did not take it. */
  readonly refusal = signal<string | null>(null);

  /** In minor units; null while it is none. */
  readonly minor = computed(() => amountFrom(this.amount.value, this.terms.currency));
  readonly wholeCoins = computed(() => (/^\d{1,9}$/.test(this.coins.value.trim()) ? Number(this.coins.value) : null));
  /** What a ticket leaves, while the amount is one. */
  readonly split = computed(() => {
    const { value } = this.minor;
    return value === null || this.isOutOfRange(value) ? null : splitOf(value, this.terms);
  });
  /** What a ticket for coins leaves, in minor units. */
  readonly coinsLeave = computed(() => {
    const { value } = this.wholeCoins;
    return value === null || value < this.terms.least_coins || value > this.terms.most_coins ? null : share(value, ...this.terms.coins_worth);
  });
  readonly faults = computed<Readonly<Partial<Record<Field, Fault>>>>(() => this.judge());

  constructor(
    readonly terms: Terms,
    private readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem">,
  ) {
    this.restore();
  }

  get isGood(): boolean {
    return !this.sells.value || Object.keys(this.faults.value).length === 0;
  }

  body(): PriceBody {
    return {
      amount: this.minor.value,
      currency: this.terms.currency,
      coins: this.wholeCoins.value,
      pay_what_you_want: this.payWhatYouWant.value,
      preview_seconds: this.preview.value ? this.terms.preview_seconds : 0,
    };
  }

  /** Sets the stream's price. False when it was refused, which is shown by then. */
  async put(streamId: string): Promise<boolean> {
    this.refusal.value = null;
    try {
      await api(`/api/streams/${streamId}/price`, { method: "PUT", body: this.body() });
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.refusal.value = error.code;
      return false;
    }
  }

  save(): void {
    const { sells, amount, coins, payWhatYouWant, preview } = this;
    const kept: Kept = {
      sells: sells.value,
      amount: amount.value,
      coins: coins.value,
      payWhatYouWant: payWhatYouWant.value,
      preview: preview.value,
    };
    this.storage.setItem(KEY, JSON.stringify(kept));
  }

  forget(): void {
    this.storage.removeItem(KEY);
  }

  private judge(): Partial<Record<Field, Fault>> {
    const [amount, coins] = [this.amount.value.trim(), this.coins.value.trim()];
    if (amount === "" && coins === "") return { amount: "missing" };
    const faults: Partial<Record<Field, Fault>> = {};
    if (amount !== "") {
      if (this.minor.value === null) faults.amount = "not_an_amount";
      else if (this.isOutOfRange(this.minor.value)) faults.amount = "out_of_range";
    }
    if (coins !== "") {
      if (this.wholeCoins.value === null) faults.coins = "not_whole";
      else if (this.coinsLeave.value === null) faults.coins = "out_of_range";
    }
    return faults;
  }

  private isOutOfRange(amount: number): boolean {
    return amount < this.terms.least || amount > this.terms.most;
  }

  private restore(): void {
    const text = this.storage.getItem(KEY);
    if (text === null) return;
    try {
      const kept = JSON.parse(text) as Kept;
      this.sells.value = kept.sells;
      this.amount.value = kept.amount;
      this.coins.value = kept.coins;
      this.payWhatYouWant.value = kept.payWhatYouWant;
      this.preview.value = kept.preview;
    } catch {
      this.storage.removeItem(KEY);
    }
  }
}
