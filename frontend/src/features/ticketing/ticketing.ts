import { api, ApiError } from "../../api/client";
import { PromoCodes } from "./codes";
import { PriceDraft } from "./price";
import { pageTerms } from "./terms";

/** What a stream that is being prepared will cost, and the codes that lower it. */
export class Ticketing {
  private constructor(
    readonly price: PriceDraft,
    readonly codes: PromoCodes,
  ) {}

  /** null where nothing is sold. */
  static ofPage(storage: Pick<Storage, "getItem" | "setItem" | "removeItem">): Ticketing | null {
    const terms = pageTerms();
    return terms && new Ticketing(new PriceDraft(terms, storage), new PromoCodes(terms.currency, null));
  }

  /**
   * Sets price and codes of the stream that was just made. False when one was refused, which is shown by then; such
   * a stream is taken back, so that nobody gets in for free and the next try begins with nothing.
   */
  async settle(streamId: string): Promise<boolean> {
    if (!this.price.sells.value) return true;
    if ((await this.price.put(streamId)) && (await this.codes.makeAll(streamId))) return true;
    try {
      await api(`/api/streams/${streamId}/end`, { method: "POST" });
    } catch (error) {
      // It never went live, and is cancelled by itself after a while.
      if (!(error instanceof ApiError)) throw error;
    }
    return false;
  }

  /** Shows what is wrong with the price, and leads there. */
  point(): void {
    this.price.isJudged.value = true;
    const [field] = Object.keys(this.price.faults.value);
    if (field !== undefined) document.getElementById(`price-${field}`)?.focus();
  }
}
