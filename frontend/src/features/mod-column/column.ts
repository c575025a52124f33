import { computed, signal } from "@preact/signals-core";
import { api, ApiError } from "../../api/client";
import type { ServerEvent } from "../../realtime/events.gen";
import type { Author } from "../room/log";
import { lastActs, undoOf, type ActedLine, type Undo } from "./acted";
import { words } from "./words";

export interface HeldLine {
  readonly id: string;
  readonly user: Author;
  readonly text: string;
  readonly reason: string;
  readonly piece: string;
  readonly at: string;
}

/** An open case of the channel, as `GET /api/channels/{c}/reports` tells it. */
export interface ReportLine {
  readonly case_id: string;
  readonly subject: string;
  readonly subject_id: string;
  readonly category: string;
  readonly count: number;
  readonly at: string;
  readonly stream_id: string | null;
  readonly text: string;
  readonly about: { readonly id?: string; readonly name?: string } | null;
}

/** All that holds in the channel's chat, as its team reads it. */
export interface TeamModes {
  readonly slow_seconds: number | null;
  readonly followers_minutes: number | null;
  readonly emote_only: boolean;
  readonly links: "allow" | "hold" | "block";
  readonly automod_level: number;
  readonly shield: boolean;
}

export type Load = "loading" | "ready" | "failed";
export type Part = "held" | "reports" | "recent";

interface Page<T> {
  readonly results: readonly T[];
}

/** Events whose lines are all there; more of them is on the page of the trail. */
export const RECENT_MOST = 50;
/** One page of the API, which is more than anybody looks at at once. */
const HELD_AT_ONCE = 100;

/**
 * What a team works through beside the chat: messages that wait, reports, and what was done and can be undone.
 *
 * What it shows is asked for at the start and whenever the room's socket is back, and kept up by the room's events.
 */
export class Column {
  readonly held = signal<readonly HeldLine[]>([]);
  readonly reports = signal<readonly ReportLine[]>([]);
  readonly recent = signal<readonly ActedLine[]>([]);
  readonly modes = signal<TeamModes | null>(null);
  readonly loads = signal<Readonly<Record<Part | "modes", Load>>>({ held: "loading", reports: "loading", recent: "loading", modes: "loading" });
  /** What is being decided, undone or switched. */
  readonly busy = signal<ReadonlySet<string>>(new Set());
  /** What the last act came to, where that does not show by itself. */
  readonly told = signal<{ readonly words: string; readonly failed: boolean } | null>(null);
  /** How much waits: what the closed column says. */
  readonly waiting = computed(() => this.held.value.length);
  private readonly channel: string;
  /** Decided while the list was on its way: it may still have them. */
  private decided = new Set<string>();
  /** What is asked for at the moment, and whether to ask once more when the answer is here. */
  private readonly asking = new Map<Part | "modes", boolean>();

  constructor(
    username: string,
    private readonly streamId: string,
  ) {
    this.channel = `/api/channels/${encodeURIComponent(username)}`;
  }

  /** All of it anew. What is there stays until the answers have come. */
  async load(): Promise<void> {
    await Promise.all([this.loadHeld(), this.loadReports(), this.loadRecent(), this.loadModes()]);
  }

  async loadPart(part: Part | "modes"): Promise<void> {
    switch (part) {
      case "held":
        return this.loadHeld();
      case "reports":
        return this.loadReports();
      case "recent":
        return this.loadRecent();
      case "modes":
        return this.loadModes();
    }
  }

  hear(event: ServerEvent): void {
    switch (event.type) {
      case "held:added": {
        const { id, user, text, reason, piece, at } = event;
        if (this.held.peek().some((line) => line.id === id)) break;
        this.held.value = [...this.held.peek(), { id, user, text, reason, piece, at }];
        break;
      }
      case "held:decided":
        this.drop(event.id);
        break;
      case "mod:acted":
        this.acted(event);
        break;
      case "report:added":
        // What it is about is not in the event.
        this.askAgain("reports");
        break;
      case "chat:modes":
        // Links and automod are not in it, which only the team is told.
        this.askAgain("modes");
        break;
      default:
        break;
    }
  }

  async decide(id: string, approve: boolean): Promise<boolean> {
    return this.act(id, async () => {
      try {
        const { state } = await api<{ state: string }>(`${this.channel}/held/${id}`, { method: "POST", body: { approve } });
        this.drop(id);
        if (state === "dropped") this.tell(words.dropped, false);
      } catch (error) {
        if (!(error instanceof ApiError) || (error.code !== "decided" && error.code !== "not_found")) throw error;
        this.drop(id);
        this.tell(words.decidedByOther, false);
      }
    });
  }

  async undo(line: ActedLine): Promise<boolean> {
    const undo = this.undoOf(line);
    if (undo === null) return false;
    return this.act(line.id, () => this.call(undo));
  }

  /** How an act can be undone; null where it cannot, or not any more. */
  undoOf(line: ActedLine): Undo | null {
    return undoOf(line, lastActs(this.recent.value), Date.now());
  }

  async setModes(changes: Partial<Omit<TeamModes, "shield">>): Promise<boolean> {
    return this.act("modes", async () => {
      this.modes.value = await api<TeamModes>(`${this.channel}/chat-modes`, { method: "PATCH", body: changes });
    });
  }

  async setShield(up: boolean): Promise<boolean> {
    return this.act("shield", async () => {
      this.modes.value = await api<TeamModes>(`${this.channel}/shield`, { method: up ? "PUT" : "DELETE" });
    });
  }

  private call(undo: Undo): Promise<unknown> {
    switch (undo.is) {
      case "timeout":
        return api(`${this.channel}/timeouts/${undo.person}`, { method: "DELETE" });
      case "ban":
        return api(`${this.channel}/bans/${undo.person}`, { method: "DELETE" });
      case "shield":
        return api<TeamModes>(`${this.channel}/shield`, { method: "DELETE" }).then((modes) => (this.modes.value = modes));
      case "modes":
        return api<TeamModes>(`${this.channel}/chat-modes`, { method: "PATCH", body: undo.before }).then((modes) => (this.modes.value = modes));
    }
  }

  /** One at a time of each; what it came to is told where it failed. */
  private async act(what: string, call: () => Promise<unknown>): Promise<boolean> {
    if (this.busy.peek().has(what)) return false;
    this.busy.value = new Set([...this.busy.peek(), what]);
    this.told.value = null;
    try {
      await call();
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.tell(words.refused(error), true);
      return false;
    } finally {
      this.busy.value = new Set([...this.busy.peek()].filter((other) => other !== what));
    }
  }

  /** However many events come at once, one question is under way, and one more follows. */
  private askAgain(part: Part | "modes"): void {
    if (this.asking.has(part)) {
      this.asking.set(part, true);
      return;
    }
    this.asking.set(part, false);
    void this.loadPart(part).finally(() => {
      const again = this.asking.get(part) ?? false;
      this.asking.delete(part);
      if (again) this.askAgain(part);
    });
  }

  private tell(told: string, failed: boolean): void {
    this.told.value = { words: told, failed };
  }

  private acted(event: Extract<ServerEvent, { type: "mod:acted" }>): void {
    const { id, at, action, by, whom, reason, until } = event;
    if (this.recent.peek().some((line) => line.id === id)) return;
    const line: ActedLine = { id, at, action, by, whom, reason, until, before: null, changes: "" };
    this.recent.value = [line, ...this.recent.peek()].slice(0, RECENT_MOST);
    // What was before, and so what undoing it means, is in the trail alone.
    this.askAgain("recent");
  }

  private drop(id: string): void {
    this.decided.add(id);
    this.held.value = this.held.peek().filter((line) => line.id !== id);
  }

  private async loadHeld(): Promise<void> {
    this.decided = new Set();
    const before = new Set(this.held.peek().map(({ id }) => id));
    await this.ask("held", `held?stream=${this.streamId}&limit=${HELD_AT_ONCE}`, (page) => {
      const found = page.results.filter(({ id }) => !this.decided.has(id));
      // What came while the answer was on its way.
      const since = this.held.peek().filter(({ id }) => !before.has(id) && !found.some((line) => line.id === id));
      this.held.value = [...found, ...since];
    });
  }

  private loadReports(): Promise<void> {
    return this.ask("reports", "reports", (page) => (this.reports.value = page.results));
  }

  private async loadRecent(): Promise<void> {
    const before = new Set(this.recent.peek().map(({ id }) => id));
    await this.ask("recent", `trail?limit=${RECENT_MOST}`, (page) => {
      const found = page.results.map(lineOf);
      const since = this.recent.peek().filter(({ id }) => !before.has(id) && !found.some((line) => line.id === id));
      this.recent.value = [...since, ...found].slice(0, RECENT_MOST);
    });
  }

  private loadModes(): Promise<void> {
    return this.ask("modes", "chat-modes", (modes) => (this.modes.value = modes));
  }

  private async ask<P extends Part | "modes">(part: P, path: string, take: (answer: Answers[P]) => void): Promise<void> {
    if (this.loads.peek()[part] === "failed") this.became(part, "loading");
    try {
      take(await api<Answers[P]>(`${this.channel}/${path}`));
      this.became(part, "ready");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // What is there is better than nothing: the next event, or the next connection, asks again.
      if (this.loads.peek()[part] === "loading") this.became(part, "failed");
    }
  }

  private became(part: Part | "modes", load: Load): void {
    this.loads.value = { ...this.loads.peek(), [part]: load };
  }
}

interface Answers {
  readonly held: Page<HeldLine>;
  readonly reports: Page<ReportLine>;
  readonly recent: Page<TrailEvent>;
  readonly modes: TeamModes;
}

interface TrailPerson {
  readonly id: string;
  readonly display_name: string;
}

interface TrailEvent {
  readonly id: string;
  readonly at: string;
  readonly action: string;
  readonly by: TrailPerson | null;
  readonly whom: TrailPerson | null;
  readonly reason: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly changes: string;
}

function lineOf(event: TrailEvent): ActedLine {
  const { id, at, action, reason, before, changes } = event;
  const until = event.after?.["until"];
  const person = (of: TrailPerson | null) => of && { id: of.id, name: of.display_name };
  return { id, at, action, reason, before, changes, by: person(event.by), whom: person(event.whom), until: typeof until === "string" ? until : null };
}
