import { signal, type ReadonlySignal } from "@preact/signals-core";
import type { TipCard } from "../../realtime/events.gen";
import type { Message } from "./log";

/** A tip that is shown above the chat until its time is over. */
export interface Pin {
  readonly message: Message;
  readonly card: TipCard;
  readonly endsAt: number;
}

/** What is pinned now, the largest tip first. */
export class Pins {
  private readonly shown = signal<readonly Pin[]>([]);

  constructor(private readonly now: () => number = Date.now) {}

  get list(): ReadonlySignal<readonly Pin[]> {
    return this.shown;
  }

  /** From a welcome: what was pinned before and is not there any more was taken down meanwhile. */
  start(messages: readonly Message[]): void {
    this.shown.value = [];
    for (const message of messages) this.take(message);
  }

  take(message: Message): void {
    const { card } = message;
    if (card?.kind !== "tip" || card.pinned_until === null) return;
    const endsAt = Date.parse(card.pinned_until);
    if (endsAt <= this.now() || this.shown.value.some((pin) => pin.message.id === message.id)) return;
    this.shown.value = [...this.shown.value, { message, card, endsAt }].sort(
      (one, other) => other.card.tier - one.card.tier || other.endsAt - one.endsAt,
    );
  }

  remove(messageId: string): void {
    this.keep((pin) => pin.message.id !== messageId);
  }

  /** Of one person, or of all, what was said up to there. */
  purge(user: string | null, upToSeq: number): void {
    this.keep(({ message }) => message.seq > upToSeq || (user !== null && message.user?.id !== user));
  }

  keepOnly(stays: (message: Message) => boolean): void {
    this.keep(({ message }) => stays(message));
  }

  /** Drops those whose time is over. */
  prune(): void {
    this.keep((pin) => pin.endsAt > this.now());
  }

  private keep(stays: (pin: Pin) => boolean): void {
    if (!this.shown.value.every(stays)) this.shown.value = this.shown.value.filter(stays);
  }
}
