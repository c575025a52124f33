import { signal } from "@preact/signals-core";
import type { GiftSent } from "./types";
import { words } from "./words";

/** Gifts are told together, and no oftener than this. */
export const TELL_EVERY_MS = 5000;
const NAMED_MOST = 2;

/** What a screen reader is told of the room's gifts: one sentence for all of some seconds, never each of them. */
export class Announcer {
  readonly said = signal("");
  /** By streak: who gave how many of what in it since the last sentence. */
  private news = new Map<string, { who: string | null; name: string; quantity: number }>();
  private isWaiting = false;

  constructor(private readonly setTimeout: (act: () => void, milliseconds: number) => unknown) {}

  receive({ user, name, quantity, combo }: GiftSent): void {
    const before = this.news.get(combo.id)?.quantity ?? 0;
    this.news.set(combo.id, { who: user?.name ?? null, name, quantity: before + quantity });
    if (this.isWaiting) return;
    this.isWaiting = true;
    this.setTimeout(() => this.tell(), TELL_EVERY_MS);
  }

  private tell(): void {
    this.isWaiting = false;
    const news = [...this.news.values()];
    this.news = new Map();
    const others = news.slice(NAMED_MOST).reduce((sum, { quantity }) => sum + quantity, 0);
    this.said.value = words.told(news.slice(0, NAMED_MOST), others);
  }
}
