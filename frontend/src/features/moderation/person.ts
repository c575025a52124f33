import { signal } from "@preact/signals-core";
import { api, ApiError } from "../../api/client";
import { outranks, type Rank } from "../room/standing";
import { Acts, type TeamRole } from "./acts";
import type { Place, Whom } from "./place";
import { words } from "./words";

/** The answer of `GET /api/channels/{c}/people/{user_id}`; what follows `since` is for the team alone. */
export interface PersonFacts {
  readonly user: { readonly id: string; readonly username: string; readonly display_name: string; readonly avatar_url: string | null };
  readonly rank: Rank;
  readonly since: string;
  readonly rank_since?: string | null;
  readonly follows_since?: string | null;
  readonly ban?: { readonly created_at: string; readonly reason: string } | null;
  readonly timeout?: { readonly until: string; readonly reason: string } | null;
  readonly cautions?: readonly { readonly id: string; readonly reason: string; readonly created_at: string; readonly read_at: string | null }[];
  readonly history?: readonly HistoryLine[];
  readonly messages?: readonly { readonly id: string; readonly text: string; readonly at: string; readonly removed: boolean }[];
}

export interface HistoryLine {
  readonly id: string;
  readonly at: string;
  readonly action: string;
  readonly by: { readonly id: string; readonly name: string } | null;
  readonly reason: string;
}

/** Asked for once a page. */
let ownId: Promise<string | null> | undefined;

/** One person in one chat: what is known of them here, and what the reader can do about them. */
export class Person {
  readonly facts = signal<PersonFacts | null>(null);
  readonly state = signal<"loading" | "ready" | "gone" | "failed">("loading");
  readonly isOneself = signal(false);
  readonly isBlocked = signal(false);
  readonly isBusy = signal(false);
  /** What the last act came to, in words. */
  readonly told = signal<{ readonly words: string; readonly failed: boolean } | null>(null);
  readonly acts: Acts;

  constructor(
    readonly place: Place,
    readonly whom: Whom,
  ) {
    this.acts = new Acts(place);
    this.isBlocked.value = place.chat.log.hidden.has(whom.id);
  }

  get isGuest(): boolean {
    return this.place.chat.you.peek()?.name == null;
  }

  get isMessageThere(): boolean {
    return this.whom.messageId !== null && this.place.chat.log.rows.peek().some(({ key }) => key === this.whom.messageId);
  }

  /** Whether the reader may act on this person at all. */
  get isBelow(): boolean {
    const facts = this.facts.value;
    const { standing } = this.place.chat;
    if (facts === null || !standing.me.value?.moderates || this.isOneself.value) return false;
    return outranks(standing.rank, facts.rank);
  }

  /** The roles that the reader may give. */
  get roles(): readonly TeamRole[] {
    const { rank } = this.place.chat.standing;
    if (!this.isBelow || !["lead", "owner", "staff"].includes(rank)) return [];
    const all: readonly TeamRole[] = rank === "lead" ? ["vip", "moderator"] : ["vip", "moderator", "lead"];
    return all.filter((role) => role !== this.facts.value?.rank);
  }

  async load(): Promise<void> {
    const { username } = this.place.channel;
    if (this.isGuest) return;
    try {
      const path = `/api/channels/${encodeURIComponent(username)}/people/${this.whom.id}`;
      const [facts, mine] = await Promise.all([api<PersonFacts>(path), myId(this.place)]);
      this.isOneself.value = mine === this.whom.id;
      this.facts.value = facts;
      this.state.value = "ready";
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (this.facts.peek() === null) this.state.value = error.status === 404 ? "gone" : "failed";
    }
  }

  /** Does one thing after the other, says what it came to, and looks again at how things stand. */
  async act(call: (acts: Acts) => Promise<unknown>, done: string): Promise<boolean> {
    if (this.isBusy.peek()) return false;
    this.isBusy.value = true;
    this.told.value = null;
    try {
      await call(this.acts);
      this.told.value = { words: done, failed: false };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.told.value = { words: words.refused(error), failed: true };
      return false;
    } finally {
      this.isBusy.value = false;
    }
    void this.load();
    return true;
  }

  async block(): Promise<void> {
    if (!(await this.act((acts) => acts.block(this.whom.id), words.blocked))) return;
    this.place.chat.hideOne(this.whom);
    this.isBlocked.value = true;
  }

  async unblock(): Promise<void> {
    if (!(await this.act((acts) => acts.unblock(this.whom.id), words.unblocked))) return;
    this.place.chat.showOne(this.whom.id);
    this.isBlocked.value = false;
  }

  async giveRole(role: TeamRole): Promise<void> {
    const isMember = this.facts.peek()?.rank !== "nobody";
    if (isMember) await this.act((acts) => acts.changeRole(this.whom.id, role), words.done.roleChanged);
    else await this.act((acts) => acts.invite(this.whom.id, role), words.done.invited);
  }
}

function myId({ chat }: Place): Promise<string | null> {
  const known = chat.ownId.peek();
  if (known !== null) return Promise.resolve(known);
  return (ownId ??= api<{ id: string }>("/api/me").then(
    ({ id }) => id,
    () => {
      ownId = undefined;
      return null;
    },
  ));
}
