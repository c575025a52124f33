/** How long the bitrate looks back: long enough to be calm, short enough to show a fall. */
const RATE_WINDOW_MS = 5_000;

interface Mark {
  /** Bytes of the run sent up to and with this frame. */
  upTo: number;
  sentAt: number;
}

interface Receipt {
  bytes: number;
  at: number;
}

/**
 * What the server has and has not confirmed of the run that is being sent.
 *
 * The socket's own buffer says nothing about the far end: only byte acks tell a slow line from a fast one.
 * Times are milliseconds of one clock, handed in by the caller.
 */
export class AckWindow {
  private sentBytes = 0;
  private ackedBytes = 0;
  private waiting: Mark[] = [];
  private receipts: Receipt[] = [];

  /** A new run counts from zero; the bitrate goes on, it is the line's and not the run's. */
  startRun(): void {
    this.sentBytes = 0;
    this.ackedBytes = 0;
    this.waiting = [];
  }

  sent(bytes: number, at: number): void {
    this.sentBytes += bytes;
    this.waiting.push({ upTo: this.sentBytes, sentAt: at });
  }

  /** `total` counts from the start of the run; late or repeated totals change nothing. */
  acked(total: number, at: number): void {
    if (total <= this.ackedBytes) return;
    this.receipts.push({ bytes: total - this.ackedBytes, at });
    this.ackedBytes = total;
    const firstOpen = this.waiting.findIndex((mark) => mark.upTo > total);
    this.waiting = firstOpen === -1 ? [] : this.waiting.slice(firstOpen);
  }

  get unackedBytes(): number {
    return Math.max(0, this.sentBytes - this.ackedBytes);
  }

  /** Age of the oldest byte that nobody has confirmed. */
  unackedSeconds(now: number): number {
    const oldest = this.waiting[0];
    return oldest === undefined ? 0 : Math.max(0, (now - oldest.sentAt) / 1000);
  }

  /** What really arrived at the server, in bits per second over the last five seconds. */
  bitrate(now: number): number {
    this.receipts = this.receipts.filter((receipt) => now - receipt.at < RATE_WINDOW_MS);
    const first = this.receipts[0];
    if (first === undefined) return 0;
    const bytes = this.receipts.reduce((sum, receipt) => sum + receipt.bytes, 0);
    // Two receipts at the same moment would otherwise divide by zero.
    const seconds = Math.max(1, (now - first.at) / 1000);
    return Math.round((bytes * 8) / seconds);
  }
}
