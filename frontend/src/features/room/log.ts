import { signal, type ReadonlySignal } from "@preact/signals-core";
import type { GiftCard, TipCard } from "../../realtime/events.gen";
import { Hidden } from "./hidden";

export interface Author {
  readonly id: string;
  readonly name: string;
  readonly role: string;
}

/** `chat:message` as it comes over the socket and out of the history API. */
export interface Message {
  readonly seq: number;
  readonly id: string;
  readonly client_id: string | null;
  readonly kind: string;
  readonly user: Author | null;
  readonly text: string;
  readonly at: string;
  /** What came with a gift or a tip. */
  readonly card?: GiftCard | TipCard | null;
}

export type Row =
  | { readonly kind: "message"; readonly key: string; readonly message: Message }
  | { readonly kind: "presence"; readonly key: string; readonly joined: People; readonly left: People }
  | { readonly kind: "own"; readonly key: string; readonly text: string; readonly state: OwnState }
  /** What the page says by itself: to everybody who reads, or as an answer to a command for nobody else. */
  | { readonly kind: "note"; readonly key: string; readonly text: string; readonly isPrivate: boolean };

/** A line of ours that the room has not shown yet. `reason` is an error code. */
export type OwnState =
  | { readonly is: "waiting" }
  | { readonly is: "sending" }
  | { readonly is: "accepted" }
  /** Waits for a moderator; then it comes as a new line, or it is denied. */
  | { readonly is: "held" }
  | { readonly is: "denied" }
  | { readonly is: "failed"; readonly reason: string; readonly retryAfterSeconds: number | null };

export interface People {
  readonly names: readonly string[];
  readonly others: number;
}

export const ROWS_MOST = 500;
const NAMES_MOST = 3;
const NOBODY: People = { names: [], others: 0 };

/**
 * The lines of a chat: newest last, each message once, 500 at most.
 *
 * What arrives is gathered and shown once per animation frame. While the reader looks at older lines nothing
 * moves: new ones are kept aside and counted in `unread`.
 */
export class ChatLog {
  private readonly shown = signal<readonly Row[]>([]);
  private readonly aside = signal(0);
  private readonly ids = new Set<string>();
  private arriving: Row[] = [];
  private following = true;
  private frame = false;
  private keys = 0;
  readonly hidden = new Hidden();

  /** `nextFrame` runs its argument soon, once: requestAnimationFrame in a page. */
  constructor(private readonly nextFrame: (act: () => void) => void) {}

  get rows(): ReadonlySignal<readonly Row[]> {
    return this.shown;
  }

  get unread(): ReadonlySignal<number> {
    return this.aside;
  }

  get isFull(): boolean {
    return this.shown.value.length >= ROWS_MOST;
  }

  /** The ids of people whose lines are not shown: one of us has blocked the other. */
  hide(people: readonly string[]): void {
    this.hidden.set(people);
    this.leaveOutHidden();
  }

  /** The reader wants nothing of them any more, from this moment on. */
  hideOne(person: Pick<Author, "id" | "name">): void {
    this.hidden.add(person);
    this.leaveOutHidden();
  }

  receive(message: Message): void {
    if (this.ids.has(message.id) || !this.isVisible(message)) return;
    const row = this.rowOf(message);
    const own = message.client_id === null ? undefined : this.ownRows().find(({ key }) => key === message.client_id);
    // What a moderator let through is said now, not when it was written.
    if (own?.state.is === "held" || own?.state.is === "denied") this.forgetOwn(own.key);
    else if (own && this.swap(own.key, row)) return;
    this.arrive(row);
  }

  /** What the page says by itself. */
  note(text: string, isPrivate: boolean): void {
    this.arrive({ kind: "note", key: `n${++this.keys}`, text, isPrivate });
  }

  /** The lines up to there of one person, or of all, are gone; of cards their words. */
  purge(user: string | null, upToSeq: number): void {
    const isGone = (message: Message): boolean =>
      message.seq <= upToSeq && (user === null || message.user?.id === user);
    const purged = (rows: readonly Row[]): Row[] =>
      rows.flatMap<Row>((row) => {
        if (row.kind !== "message" || !isGone(row.message)) return [row];
        return row.message.card ? [stripped(row)] : [];
      });
    this.arriving = purged(this.arriving);
    this.shown.value = purged(this.shown.value);
  }

  /** Somebody took a message away. Of a card only its words go. */
  remove(id: string): void {
    const row = [...this.shown.value, ...this.arriving].find(({ key }) => key === id);
    if (row?.kind !== "message") return;
    if (row.message.card) {
      this.swap(id, stripped(row));
      return;
    }
    this.arriving = this.arriving.filter(({ key }) => key !== id);
    this.shown.value = this.shown.value.filter(({ key }) => key !== id);
  }

  /** The last lines that a welcome brings. `continues`: the lines shown so far are still whole. */
  welcome(all: readonly Message[], continues: boolean): void {
    const history = all.filter((message) => this.isVisible(message));
    if (continues) {
      for (const message of history) this.receive(message);
      return;
    }
    const arrived = new Set(history.map((message) => message.client_id));
    const own = this.ownRows().filter((row) => !arrived.has(row.key));
    this.ids.clear();
    this.arriving = [];
    this.aside.value = 0;
    this.shown.value = [...history.map((message) => this.rowOf(message)), ...own];
  }

  /** Older lines, oldest first, put above the ones shown, as far as there is room. */
  prepend(older: readonly Message[]): void {
    const room = ROWS_MOST - this.shown.value.length;
    if (room <= 0) return;
    const fitting = older.filter((message) => !this.ids.has(message.id) && this.isVisible(message)).slice(-room);
    this.shown.value = [...fitting.map((message) => this.rowOf(message)), ...this.shown.value];
  }

  /** People came or went. Consecutive news of this kind is one quiet line. */
  presence(change: { joined?: People; left?: People }): void {
    const joined = this.hidden.anonymous(change.joined ?? NOBODY);
    const left = this.hidden.anonymous(change.left ?? NOBODY);
    const last = this.arriving.at(-1) ?? (this.following ? this.shown.value.at(-1) : undefined);
    if (last?.kind !== "presence") {
      this.arrive({ kind: "presence", key: `p${++this.keys}`, joined: merge(NOBODY, joined), left: merge(NOBODY, left) });
      return;
    }
    this.swap(last.key, { ...last, joined: merge(last.joined, joined), left: merge(last.left, left) });
  }

  /** A line of our own is on its way. It always shows at once, at the bottom. */
  own(clientId: string, text: string, state: OwnState): void {
    const row: Row = { kind: "own", key: clientId, text, state };
    if (!this.swap(clientId, row)) this.arrive(row);
  }

  forgetOwn(clientId: string): void {
    this.arriving = this.arriving.filter((row) => row.key !== clientId);
    this.shown.value = this.shown.value.filter((row) => row.key !== clientId);
  }

  ownRows(): Extract<Row, { kind: "own" }>[] {
    return [...this.shown.value, ...this.arriving].filter((row) => row.kind === "own");
  }

  /** The reader is at the newest line, or has scrolled away from it. */
  follow(following: boolean): void {
    if (this.following === following) return;
    this.following = following;
    if (following) this.flush();
  }

  /** Whether its author and the reader see each other. */
  isVisible(message: Message): boolean {
    if (message.user === null) return true;
    this.hidden.learn(message.user);
    return !this.hidden.has(message.user.id);
  }

  private leaveOutHidden(): void {
    const visible = (rows: readonly Row[]): Row[] =>
      rows.flatMap<Row>((row) => {
        if (row.kind === "message") return this.isVisible(row.message) ? [row] : [];
        if (row.kind !== "presence") return [row];
        return [{ ...row, joined: this.hidden.anonymous(row.joined), left: this.hidden.anonymous(row.left) }];
      });
    // Lines first: from them it is known what those are called who came and went.
    visible(this.shown.peek());
    this.arriving = visible(this.arriving);
    this.shown.value = visible(this.shown.peek());
  }

  private arrive(row: Row): void {
    this.arriving.push(row);
    if (this.arriving.length > ROWS_MOST) this.drop(this.arriving.splice(0, this.arriving.length - ROWS_MOST));
    if (!this.following) this.aside.value = this.arriving.filter((waiting) => waiting.kind === "message").length;
    if (this.frame) return;
    this.frame = true;
    this.nextFrame(() => {
      this.frame = false;
      if (this.following) this.flush();
    });
  }

  private flush(): void {
    if (this.arriving.length > 0) {
      const all = [...this.shown.value, ...this.arriving];
      this.arriving = [];
      const surplus = Math.max(0, all.length - ROWS_MOST);
      this.drop(all.slice(0, surplus));
      this.shown.value = all.slice(surplus);
    }
    this.aside.value = 0;
  }

  private drop(rows: readonly Row[]): void {
    for (const row of rows) this.ids.delete(row.key);
  }

  private rowOf(message: Message): Row {
    this.ids.add(message.id);
    return { kind: "message", key: message.id, message };
  }

  private swap(key: string, row: Row): boolean {
    const waiting = this.arriving.findIndex((candidate) => candidate.key === key);
    if (waiting >= 0) {
      this.arriving[waiting] = row;
      return true;
    }
    const place = this.shown.value.findIndex((candidate) => candidate.key === key);
    if (place < 0) return false;
    this.shown.value = this.shown.value.with(place, row);
    return true;
  }
}

type MessageRow = Extract<Row, { kind: "message" }>;

/** A card of which only is left that it was given. */
function stripped(row: MessageRow): MessageRow {
  const { message } = row;
  return message.card ? { ...row, message: { ...message, text: "", card: unpinned(message.card) } } : row;
}

function unpinned(card: GiftCard | TipCard): GiftCard | TipCard {
  return card.kind === "tip" ? { ...card, pinned_until: null } : card;
}

function merge(people: People, more: People): People {
  const names = [...people.names, ...more.names.filter((name) => !people.names.includes(name))];
  return {
    names: names.slice(0, NAMES_MOST),
    others: people.others + more.others + Math.max(0, names.length - NAMES_MOST),
  };
}
