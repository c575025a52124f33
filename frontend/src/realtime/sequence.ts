/** A wire event. Only stored ones carry `seq`: their number in the room, without holes. */
export interface WireEvent {
  readonly type: string;
  readonly seq?: number | null;
}

const HELD_MOST = 1000;

/**
 * Puts a room's stored events back into their order, each once.
 *
 * Events without a number pass at once. One that is ahead of its turn is held, and `hasGap` says that what
 * lies before it must be asked for.
 */
export class Sequence<E extends WireEvent> {
  private held = new Map<number, E>();
  /** The number of the last event that was handed on; 0 before the first welcome. */
  last = 0;

  get hasGap(): boolean {
    return this.held.size > 0;
  }

  /** Begins again at `seq`: what came before it is known, or given up. */
  restart(seq: number): void {
    this.last = seq;
    this.held.clear();
  }

  /** The events that may be handed on now that `event` is here: none, it, or it and the held ones after it. */
  offer(event: E): E[] {
    const seq = event.seq ?? null;
    if (seq === null) return [event];
    if (this.held.size < HELD_MOST) this.held.set(seq, event);
    return this.release();
  }

  /** The same for an answer of the events API. `lastSeq` is where the room stood, should the rest be gone. */
  fill(events: readonly E[], lastSeq: number): E[] {
    const ready = events.flatMap((event) => this.offer(event));
    if (events.length > 0 || lastSeq <= this.last) return ready;
    this.last = lastSeq;
    return [...ready, ...this.release()];
  }

  private release(): E[] {
    const ready: E[] = [];
    for (const seq of [...this.held.keys()].sort((a, b) => a - b)) {
      if (seq > this.last + 1) break;
      const event = this.held.get(seq);
      this.held.delete(seq);
      if (event === undefined || seq <= this.last) continue;
      this.last = seq;
      ready.push(event);
    }
    return ready;
  }
}
