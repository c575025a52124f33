/** After so long a press is held, and then taps again and again. */
export const HELD_AFTER_MS = 450;
export const AGAIN_EVERY_MS = 250;

/** A press on a button: once when it is short, again and again while it is held. */
export class Holding {
  private timer: number | undefined;
  private wasHeld = false;
  private keyAt = Number.NEGATIVE_INFINITY;

  /** `act` answers false when there is no use in going on. */
  constructor(private readonly act: () => boolean) {}

  press(): void {
    this.wasHeld = false;
    this.timer = window.setTimeout(() => {
      this.wasHeld = true;
      this.repeat();
    }, HELD_AFTER_MS);
  }

  release(): void {
    window.clearTimeout(this.timer);
  }

  /** The click that follows a press. One that follows a held press is not a tap more. */
  click(): void {
    this.release();
    if (!this.wasHeld) this.act();
    this.wasHeld = false;
  }

  /** A key that is held clicks thirty times a second: true for those that are too many. */
  isTooSoon(now: number): boolean {
    if (now - this.keyAt < AGAIN_EVERY_MS) return true;
    this.keyAt = now;
    return false;
  }

  private repeat(): void {
    if (this.act()) this.timer = window.setTimeout(() => this.repeat(), AGAIN_EVERY_MS);
  }
}
