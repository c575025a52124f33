import { ApiError } from "../../api/client";

const FIRST_MS = 500;
/** What never reached a server costs nothing there, and the stream waits a minute for us. */
const UNHEARD_MS = 3_000;
/** A server allows ten passes a minute; one must be left for when it is well again. */
const HEARD_MS = 15_000;
const SPREAD = 0.25;

/** When to ask for the next pass. */
export class Retries {
  private attempt = 0;
  private notBefore = 0;

  constructor(private readonly random: () => number = Math.random) {}

  /** False while the server has asked us to wait. */
  get mayAsk(): boolean {
    return Date.now() >= this.notBefore;
  }

  /** What failed works again. */
  reset(): void {
    this.attempt = 0;
    this.notBefore = 0;
  }

  /** Somebody says that now is a good moment: should it fail, the waits begin small again. */
  encourage(): void {
    this.attempt = 0;
  }

  /** Milliseconds to wait after this failure. */
  after(error: unknown): number {
    const isUnheard = error instanceof ApiError && error.status === 0;
    const asked = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
    const step = Math.min(isUnheard ? UNHEARD_MS : HEARD_MS, FIRST_MS * 2 ** this.attempt);
    this.attempt += 1;
    this.notBefore = Date.now() + asked;
    return Math.max(asked, Math.round(step * (1 + SPREAD * this.random())));
  }
}
