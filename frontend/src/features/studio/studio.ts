import { effect, signal } from "@preact/signals-core";
import { ApiError } from "../../api/client";
import type { Capture } from "../ingest/capture";
import type { Sender } from "../sending/sender";

/** What happened, in five numbers. */
export interface Summary {
  readonly duration_seconds: number;
  readonly viewers: number;
  readonly peak: number;
  readonly watched_seconds: number;
  readonly new_followers: number;
  readonly end_reason: string;
  /** Why the next stream has to wait, where staff ended this one. */
  readonly refusal: { readonly code: string; readonly details: { readonly reason?: string } } | null;
  /** Until the last sessions are closed, the numbers may still grow. */
  readonly settled: boolean;
}

export interface StudioParts {
  readonly capture: Capture;
  readonly session: Pick<Sender, "view" | "stop">;
  /** Whether the room has told that the stream is over. */
  readonly isOver: { readonly value: boolean };
  end(): Promise<unknown>;
  summary(): Promise<Summary>;
}

const SUMMARY_AGAIN_MS = 1_500;
const SUMMARY_ATTEMPTS = 8;

/**
 * One stream's studio: sends while the stream is on, and lets go of everything when it is over.
 *
 * Over is what the server says, by whichever way it is heard first: our own End, the room, the sender.
 */
export class Studio {
  readonly over = signal(false);
  readonly ending = signal<"no" | "pending" | "failed">("no");
  readonly summary = signal<Summary | null>(null);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly stopListening: () => void;

  constructor(private readonly parts: StudioParts) {
    this.stopListening = effect(() => {
      if (parts.isOver.value || parts.session.view.value.phase === "ended") this.finish();
    });
  }

  /** End for everybody. Pictures go out until the server has agreed. */
  async end(): Promise<void> {
    if (this.ending.value === "pending") return;
    this.ending.value = "pending";
    try {
      await this.parts.end();
      this.finish();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.ending.value = "failed";
    }
  }

  /** The page goes away: let go of camera, socket and timers; the stream itself goes on for its grace. */
  leave(): void {
    this.stopListening();
    clearTimeout(this.timer);
    this.letGo();
  }

  private finish(): void {
    if (this.over.peek()) return;
    this.over.value = true;
    this.letGo();
    void this.askSummary(SUMMARY_ATTEMPTS);
  }

  private letGo(): void {
    this.parts.session.stop();
    this.parts.capture.close();
  }

  private async askSummary(attempts: number): Promise<void> {
    try {
      this.summary.value = await this.parts.summary();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
    if (this.summary.value?.settled || attempts <= 1) return;
    this.timer = setTimeout(() => void this.askSummary(attempts - 1), SUMMARY_AGAIN_MS);
  }
}
