/** The steps used when the server names none: bits per second, best first. */
export const DEFAULT_BITRATES: readonly number[] = [2_500_000, 1_500_000, 800_000, 400_000];

const FIRST_CALM_SECONDS = 60;
const LONGEST_CALM_SECONDS = 600;

/** A step up that fails within this time was a mistake, and the next one waits longer. */
const PROOF_SECONDS = 30;

/**
 * Which bitrate to record at. Goes down at once when the line is slow, up again only after a calm time.
 *
 * Each change costs viewers a seam between two runs, so a line that cannot hold a step is asked less and less often:
 * after 60 s, 120 s, 240 s and so on. Times are milliseconds of one clock.
 */
export class BitrateLadder {
  private step = 0;
  private calmSince: number | null = null;
  private calmSeconds = FIRST_CALM_SECONDS;
  private raisedAt: number | null = null;

  constructor(private rates: readonly number[] = DEFAULT_BITRATES) {}

  get bitrate(): number {
    return this.rates[this.step] ?? DEFAULT_BITRATES[0] ?? 0;
  }

  get lowered(): boolean {
    return this.step > 0;
  }

  /** Take the server's steps; stay at the one nearest below the present bitrate. */
  use(rates: readonly number[]): void {
    if (rates.length === 0) return;
    const present = this.bitrate;
    const wasLowered = this.lowered;
    this.rates = [...rates].sort((a, b) => b - a);
    this.step = wasLowered ? this.stepFor(present) : 0;
  }

  /** Begin where a measured upload says, leaving a third of it free. */
  startFor(uploadBps: number): void {
    this.step = this.stepFor((uploadBps * 2) / 3);
  }

  /** The line could not keep up. True when there was a lower step to take. */
  slow(now: number): boolean {
    if (this.raisedAt !== null && now - this.raisedAt < PROOF_SECONDS * 1000) {
      this.calmSeconds = Math.min(this.calmSeconds * 2, LONGEST_CALM_SECONDS);
    }
    this.raisedAt = null;
    this.calmSince = null;
    if (this.step >= this.rates.length - 1) return false;
    this.step += 1;
    return true;
  }

  /** The line keeps up. True when it has done so for long enough that a higher step was taken. */
  calm(now: number): boolean {
    this.calmSince ??= now;
    if (this.step === 0 || now - this.calmSince < this.calmSeconds * 1000) return false;
    this.step -= 1;
    this.calmSince = now;
    this.raisedAt = now;
    return true;
  }

  private stepFor(bps: number): number {
    const found = this.rates.findIndex((rate) => rate <= bps);
    return found === -1 ? this.rates.length - 1 : found;
  }
}
