import { computed, signal } from "@preact/signals-core";
import { api, ApiError } from "../../api/client";
import { amountFrom, moneyText } from "../../ui/money";

/** A promo code as the server knows it. Either `percent` or `amount` is taken off. */
export interface PromoCode {
  readonly id: string;
  readonly code: string;
  readonly percent: number | null;
  readonly amount: number | null;
  /** Of the amount; empty with a percentage. */
  readonly currency: string;
  readonly uses: number;
  readonly uses_most: number | null;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
}

/** One that is to be made: with the stream, when there is none yet. */
export type NewCode = Pick<PromoCode, "code" | "percent" | "amount" | "currency" | "uses_most" | "expires_at">;

export type CodeField = "code" | "off" | "uses" | "until";
export type CodeFault = "missing" | "bad_code" | "bad_percent" | "bad_amount" | "bad_uses" | "past" | "twice";

const CODE = /^[A-Z0-9][A-Z0-9_-]{2,23}$/;
const USES_MOST = 100_000;

/** What a code takes off: "25 %" or "1.00 USD". */
export function offText(code: Pick<PromoCode, "percent" | "amount">, currency: string): string {
  return code.percent !== null ? `${code.percent} %` : moneyText(code.amount ?? 0, currency);
}

/** The codes of a stream, and the one that is being typed. */
export class PromoCodes {
  /** Made, and known to the server. */
  readonly made = signal<readonly PromoCode[]>([]);
  /** To be made with the stream. */
  readonly wanted = signal<readonly NewCode[]>([]);
  readonly state = signal<"idle" | "loading" | "failed" | "ready">("idle");
  readonly isPending = signal(false);
  readonly refusal = signal<string | null>(null);
  readonly isJudged = signal(false);

  readonly code = signal("");
  readonly kind = signal<"percent" | "amount">("percent");
  readonly off = signal("");
  readonly uses = signal("");
  /** As a field of a date and a time has it, in the viewer's zone. */
  readonly until = signal("");

  readonly faults = computed<Readonly<Partial<Record<CodeField, CodeFault>>>>(() => this.judge());

  constructor(
    readonly currency: string,
    private readonly streamId: string | null,
    private readonly now: () => number = Date.now,
  ) {}

  async load(): Promise<void> {
    if (this.streamId === null) return;
    this.state.value = "loading";
    try {
      const { results } = await api<{ results: readonly PromoCode[] }>(`/api/streams/${this.streamId}/promo-codes`);
      this.made.value = results.filter((code) => code.revoked_at === null);
      this.state.value = "ready";
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.state.value = "failed";
    }
  }

  /** Makes what was typed, or keeps it until there is a stream. True when it was taken; then the fields are empty. */
  async add(): Promise<boolean> {
    this.isJudged.value = true;
    if (Object.keys(this.faults.value).length > 0 || this.isPending.value) return false;
    const typed = this.typed();
    if (this.streamId === null) this.wanted.value = [...this.wanted.value, typed];
    else if (!(await this.make(typed, this.streamId))) return false;
    this.clear();
    return true;
  }

  drop(code: string): void {
    this.wanted.value = this.wanted.value.filter((each) => each.code !== code);
  }

  async revoke(id: string): Promise<void> {
    this.refusal.value = null;
    try {
      await api(`/api/streams/${this.streamId}/promo-codes/${id}`, { method: "DELETE" });
      this.made.value = this.made.value.filter((code) => code.id !== id);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.refusal.value = error.code;
    }
  }

  /** Makes for this stream all that was wanted. False when one was refused; then all are still wanted. */
  async makeAll(streamId: string): Promise<boolean> {
    for (const wanted of this.wanted.value) if (!(await this.make(wanted, streamId))) return false;
    return true;
  }

  private async make(wanted: NewCode, streamId: string): Promise<boolean> {
    this.isPending.value = true;
    this.refusal.value = null;
    try {
      const made = await api<PromoCode>(`/api/streams/${streamId}/promo-codes`, { method: "POST", body: wanted });
      if (streamId === this.streamId) this.made.value = [made, ...this.made.value];
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.refusal.value = error.code;
      return false;
    } finally {
      this.isPending.value = false;
    }
  }

  private typed(): NewCode {
    const isPercent = this.kind.value === "percent";
    return {
      code: this.normal,
      percent: isPercent ? Number(this.off.value) : null,
      amount: isPercent ? null : amountFrom(this.off.value, this.currency),
      currency: isPercent ? "" : this.currency,
      uses_most: this.uses.value.trim() === "" ? null : Number(this.uses.value),
      expires_at: this.until.value === "" ? null : new Date(this.until.value).toISOString(),
    };
  }

  private get normal(): string {
    return this.code.value.trim().toUpperCase();
  }

  private judge(): Partial<Record<CodeField, CodeFault>> {
    const faults: Partial<Record<CodeField, CodeFault>> = {};
    const [off, uses] = [this.off.value.trim(), this.uses.value.trim()];
    if (this.normal === "") faults.code = "missing";
    else if (!CODE.test(this.normal)) faults.code = "bad_code";
    else if ([...this.made.value, ...this.wanted.value].some((each) => each.code === this.normal)) faults.code = "twice";
    if (this.kind.value === "percent") {
      if (!/^\d{1,3}$/.test(off) || Number(off) < 1 || Number(off) > 100) faults.off = "bad_percent";
    } else if ((amountFrom(off, this.currency) ?? 0) < 1) {
      faults.off = "bad_amount";
    }
    if (uses !== "" && (!/^\d{1,6}$/.test(uses) || Number(uses) < 1 || Number(uses) > USES_MOST)) faults.uses = "bad_uses";
    if (this.until.value !== "" && !(Date.parse(this.until.value) > this.now())) faults.until = "past";
    return faults;
  }

  private clear(): void {
    this.isJudged.value = false;
    for (const field of [this.code, this.off, this.uses, this.until]) field.value = "";
  }
}
