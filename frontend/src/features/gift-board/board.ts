import { signal } from "@preact/signals-core";
import { api, ApiError } from "../../api/client";
import type { Leaderboard } from "../gifts/types";

/** A board is asked for again this long after a gift, and by more people later: all of them do so. */
export const AFTER_MS = 3000;
export const PER_VIEWER_MS = 20;

export interface BoardWorld {
  setTimeout(act: () => void, milliseconds: number): unknown;
  random(): number;
}

/** Who gave most, of one stream or channel; asked for again gently while it is looked at. */
export class Board {
  readonly board = signal<Leaderboard | null>(null);
  readonly state = signal<"loading" | "ready" | "failed">("loading");
  private isPlanned = false;
  private isWatched = false;
  private isStale = true;

  constructor(
    private readonly path: string,
    private readonly world: BoardWorld = { setTimeout: (act, ms) => setTimeout(act, ms), random: Math.random },
  ) {}

  /** Whether somebody looks. What changed while nobody did is asked for when somebody does again. */
  watch(isWatched: boolean): void {
    this.isWatched = isWatched;
    if (isWatched && this.isStale && !this.isPlanned) void this.load();
  }

  /** Gifts came. However many, they are one question. */
  poke(viewers: number): void {
    this.isStale = true;
    if (this.isPlanned || !this.isWatched) return;
    this.isPlanned = true;
    const spread = AFTER_MS + PER_VIEWER_MS * viewers;
    this.world.setTimeout(
      () => {
        this.isPlanned = false;
        if (this.isWatched) void this.load();
      },
      AFTER_MS + this.world.random() * spread,
    );
  }

  async load(): Promise<void> {
    this.isStale = false;
    try {
      this.board.value = await api<Leaderboard>(this.path);
      this.state.value = "ready";
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.isStale = true;
      if (this.board.peek() === null) this.state.value = "failed";
    }
  }
}
