import { signal } from "@preact/signals-core";
import { api, ApiError } from "../../api/client";
import type { ServerEvent } from "../../realtime/events.gen";
import type { Goal } from "../gifts/types";

export const TITLE_MOST = 60;
export const TARGET_MOST = 10_000_000;
/** Pages that lost the line in one moment do not ask again in one. */
const SPREAD_MS = 3000;

/** What a creator would like to be given during a stream, as far as it has come. */
export class GoalModel {
  /** Null when there is none, or while it is unknown. */
  readonly goal = signal<Goal | null>(null);
  readonly state = signal<"idle" | "saving" | "failed">("idle");
  /** The fields that the server did not take. */
  readonly faults = signal<ReadonlySet<string>>(new Set());

  constructor(private readonly streamId: string) {}

  async load(): Promise<void> {
    try {
      this.take(await api<Goal>(this.path));
    } catch (error) {
      // What was told before stays; the next change is told again.
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /** The line was gone: what changed meanwhile was told to others. */
  loadSoon(random: () => number = Math.random): void {
    setTimeout(() => void this.load(), random() * SPREAD_MS);
  }

  handle(event: ServerEvent): void {
    if (event.type === "goal:changed") this.take(event);
  }

  /** Sets a goal or changes it. True when it is so. */
  async save(title: string, targetCoins: number): Promise<boolean> {
    return await this.change(async () => {
      const body = { title, target_coins: targetCoins };
      this.take(await api<Goal>(this.path, { method: "PUT", body }));
    });
  }

  async remove(): Promise<boolean> {
    return await this.change(async () => {
      await api(this.path, { method: "DELETE" });
      this.goal.value = null;
    });
  }

  private async change(act: () => Promise<void>): Promise<boolean> {
    if (this.state.peek() === "saving") return false;
    this.state.value = "saving";
    this.faults.value = new Set();
    try {
      await act();
      this.state.value = "idle";
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.state.value = "failed";
      if (error.code === "invalid_input") this.faults.value = new Set(Object.keys(error.details));
      return false;
    }
  }

  private take({ id, title, target_coins, coins, reached_at }: Goal): void {
    this.goal.value = id === null ? null : { id, title, target_coins, coins, reached_at };
  }

  private get path(): string {
    return `/api/streams/${this.streamId}/goal`;
  }
}

/** How much of it there is, in whole percent; 100 only when it is really reached. */
export function percentOf({ coins, target_coins: target, reached_at: reached }: Goal): number {
  if (reached !== null || coins >= target) return 100;
  return Math.max(0, Math.floor((100 * coins) / target));
}
