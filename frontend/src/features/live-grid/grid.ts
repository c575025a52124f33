import { signal } from "@preact/signals-core";
import { api, ApiError, pathOf } from "../../api/client";
import type { Card, CardPage } from "../../api/types";
import type { ServerEvent } from "../../realtime/events.gen";

/** The API's list may be two seconds old; what the lobby said within this time is newer and stands. */
const NEWS_MS = 5000;

/**
 * The grid of live streams: what the server drew, moved by the lobby's events.
 *
 * Cards keep their places while people look at them: counts change in place, a new stream comes first, one
 * that ended goes.
 */
export class LiveGrid {
  readonly cards = signal<readonly Card[]>([]);
  readonly more = signal<"none" | "some" | "loading" | "failed">("none");
  private next: string | null;
  /** When the lobby last said that a stream began or ended, by id. */
  private readonly news = new Map<string, number>();

  constructor(
    first: CardPage,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.cards.value = first.results;
    this.next = first.next;
    this.more.value = first.next === null ? "none" : "some";
  }

  handle(event: ServerEvent): void {
    switch (event.type) {
      case "live:started":
        this.put(event.stream as unknown as Card);
        break;
      case "live:updated":
        this.replace(event.stream as unknown as Card);
        break;
      case "live:ended":
        this.remove(event.id);
        break;
      default:
        break;
    }
  }

  /** The first page as of now, after the lobby was out of reach: what is not on it has ended, or moved further down. */
  async refresh(): Promise<void> {
    const page = await this.page("/api/streams/live");
    if (!page) return;
    const listed = new Map(page.results.filter((card) => !this.hasNews(card.id)).map((card) => [card.id, card]));
    const kept: Card[] = [];
    for (const card of this.cards.value) {
      const fresh = listed.get(card.id) ?? (this.hasNews(card.id) ? card : undefined);
      if (fresh) kept.push(fresh);
      listed.delete(card.id);
    }
    this.cards.value = [...listed.values(), ...kept];
    this.turnTo(page);
  }

  async loadMore(): Promise<void> {
    if (this.next === null || this.more.value === "loading") return;
    this.more.value = "loading";
    const page = await this.page(pathOf(this.next));
    if (!page) {
      this.more.value = "failed";
      return;
    }
    const shown = new Set(this.cards.value.map((card) => card.id));
    this.cards.value = [...this.cards.value, ...page.results.filter((card) => !shown.has(card.id))];
    this.turnTo(page);
  }

  private turnTo(page: CardPage): void {
    this.next = page.next;
    this.more.value = page.next === null ? "none" : "some";
  }

  private hasNews(id: string): boolean {
    const at = this.news.get(id);
    return at !== undefined && this.now() - at < NEWS_MS;
  }

  private async page(address: string): Promise<CardPage | null> {
    try {
      return await api<CardPage>(address);
    } catch (error) {
      if (error instanceof ApiError) return null;
      throw error;
    }
  }

  private put(card: Card): void {
    this.news.set(card.id, this.now());
    if (this.cards.value.some((shown) => shown.id === card.id)) this.replace(card);
    else this.cards.value = [card, ...this.cards.value];
  }

  private replace(card: Card): void {
    this.cards.value = this.cards.value.map((shown) => (shown.id === card.id ? card : shown));
  }

  private remove(id: string): void {
    this.news.set(id, this.now());
    this.cards.value = this.cards.value.filter((card) => card.id !== id);
  }
}
