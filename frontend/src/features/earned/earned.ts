import { computed, signal } from "@preact/signals-core";
import { ApiError } from "../../api/client";
import type { ServerEvent } from "../../realtime/events.gen";

type Changed = Extract<ServerEvent, { type: "earnings:changed" }>;
/** What a stream earned so far: the creator's part, in minor units of `currency`. */
export type Earned = Omit<Changed, "type">;

/** Where what happens in the room is heard from. */
export interface Room {
  readonly connection: { readonly value: { readonly kind: string } };
  listen(hear: (event: ServerEvent) => void): () => void;
}

/**
 * The studio's counter. It starts from what the server says and goes on with the room's events, each of which has
 * all of it; after a break of the connection it asks again, since events may have been missed.
 */
export class EarnedCounter {
  readonly value = signal<Earned | null>(null);
  readonly total = computed(() => {
    const earned = this.value.value;
    return earned === null ? null : earned.gifts + earned.tips + earned.tickets;
  });
  private heard = 0;

  constructor(
    private readonly streamId: string,
    private readonly ask: () => Promise<Earned>,
  ) {}

  /** Takes what an event says, if it is one of this stream's. */
  hear(event: ServerEvent): void {
    if (event.type !== "earnings:changed" || event.stream_id !== this.streamId) return;
    this.heard += 1;
    this.value.value = event;
  }

  /** Asks the server. What is heard meanwhile is newer than its answer. */
  async refresh(): Promise<void> {
    const before = this.heard;
    try {
      const earned = await this.ask();
      if (this.heard === before) this.value.value = earned;
    } catch (error) {
      // The next event has all of it.
      if (!(error instanceof ApiError)) throw error;
    }
  }
}
