import { signal } from "@preact/signals-core";
import type { ServerEvent } from "../../realtime/events.gen";
import type { People } from "./log";

/**
 * Whom the reader does not see, and who does not see the reader: one of the two blocked the other.
 *
 * Who comes and goes is told by name alone, so the names that belong to hidden people are kept as they are learned.
 */
export class Hidden {
  /** Changes with every change of who is hidden. */
  readonly ids = signal<ReadonlySet<string>>(new Set());
  private readonly names = new Map<string, string>();

  has(id: string): boolean {
    return this.ids.value.has(id);
  }

  /** All of them, as the server has them. What they are called may be known already. */
  set(ids: readonly string[]): void {
    this.ids.value = new Set(ids);
  }

  add(person: { readonly id: string; readonly name: string }): void {
    this.names.set(person.id, person.name);
    this.ids.value = new Set([...this.ids.peek(), person.id]);
  }

  remove(id: string): void {
    this.ids.value = new Set([...this.ids.peek()].filter((other) => other !== id));
  }

  /** What somebody is called here, from anything that they did. */
  learn(person: { readonly id: string; readonly name: string }): void {
    if (this.ids.peek().has(person.id)) this.names.set(person.id, person.name);
  }

  /** The same people, but those hidden only as a number. */
  anonymous({ names, others }: People): People {
    const hidden = new Set([...this.names].filter(([id]) => this.ids.peek().has(id)).map(([, name]) => name));
    const seen = names.filter((name) => !hidden.has(name));
    return { names: seen, others: others + names.length - seen.length };
  }

  /** Gifts are seen by all, but from people who are hidden as from nobody. */
  masked(event: ServerEvent): ServerEvent {
    if ((event.type !== "gift:sent" && event.type !== "gift:combo") || event.user === null) return event;
    this.learn(event.user);
    return this.has(event.user.id) ? { ...event, user: null } : event;
  }
}
