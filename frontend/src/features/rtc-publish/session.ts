import { type ReadonlySignal, signal } from "@preact/signals-core";
import { type Capture, CaptureError } from "../ingest/capture";
import { PassRefused } from "../ingest/pass";
import { MediaAway, type RoomPass } from "../sending/pass";
import { Retries } from "../sending/retries";
import { IDLE, type Sender, type SenderPhase, type SenderProblem, type SenderView } from "../sending/sender";
import { Gauge } from "./gauge";
import { heightOf, planCamera } from "./plan";
import { NO_FIGURES, type PublishRoom, type RoomEvents, type RoomMaker } from "./room";
import { Stage, type StageEvents, Unpublished } from "./stage";
import type { Sample } from "./stats";

export interface RoomParts {
  readonly capture: Capture;
  readonly rooms: RoomMaker;
  /** A new one for each connection; rejects with PassRefused when asking again is of no use, or with MediaAway. */
  pass(leaving: string | null): Promise<RoomPass>;
  /** Whether viewers can see the stream, as our own server tells. */
  readonly isLive: ReadonlySignal<boolean>;
  /** Whether our own server finds that the media server does not answer. */
  readonly isAway: ReadonlySignal<boolean>;
  /** What the line was measured to carry up; null when nobody measured. */
  readonly uploadBps: number | null;
  /** Who this tab was before it was loaded again, and where to keep who it is now. */
  readonly memory: { identity: string | null };
  readonly random?: () => number;
}

const TICK_MS = 2_000;
/** Ticks further apart than this mean that the machine slept. */
const SLEEP_MS = 8_000;
/** A pass is good for two minutes at most; the browser's question about the camera may stay open for longer. */
const PASS_FRESH_MS = 45_000;
/** A line that is mended sooner than this is not worth a word. */
const HICCUP_MS = 1_500;
/** What worked for so long is tried again at once. */
const STEADY_MS = 5_000;
/** Our own server tells when the media server is back; this is for when that is missed. */
const AWAY_MS = 15_000;
/** A line that is mended for longer than this is given up when somebody asks to. */
const MENDING_MS = 3_000;

/**
 * Sends the captured devices into a media server's room, each as a track of its own.
 *
 * A broken line is mended by the room itself first; what cannot be mended is a new pass, a new room, and a new stage in it
 * for the same devices. No pass is used twice.
 */
export class RoomSession implements Sender {
  readonly view = signal<SenderView>({ ...IDLE, figures: NO_FIGURES });

  private room: PublishRoom | null = null;
  private stage: Stage | null = null;
  private gauge = new Gauge();
  /** Everybody we have been in rooms of this stream. Who else sends there is another tab or device. */
  private readonly selves = new Set<string>();
  private identity: string | null;
  /** Asked for and not used yet, and when. */
  private pass: { given: RoomPass; at: number } | null = null;
  /** Counts connections; what belongs to an earlier one is no longer listened to. */
  private turn = 0;
  private readonly retries: Retries;
  /** By a person who means it: then whoever else sends gives way. */
  private takesOver = false;
  private wasAway = false;
  private sendingSince = 0;
  private lastTickAt = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private hiccup: ReturnType<typeof setTimeout> | undefined;
  private ticker: ReturnType<typeof setInterval> | undefined;
  private stopWatching: (() => void) | null = null;

  constructor(private readonly parts: RoomParts) {
    this.retries = new Retries(parts.random);
    this.identity = parts.memory.identity;
    if (this.identity !== null) this.selves.add(this.identity);
  }

  private get phase(): SenderPhase {
    return this.view.value.phase;
  }

  private get cutOrAway(): "line_cut" | "media_away" {
    return this.parts.isAway.peek() ? "media_away" : "line_cut";
  }

  start(): void {
    if (this.phase === "sending") return this.nudge();
    if (this.phase === "ended" || this.phase === "stopped") return;
    this.takesOver = true;
    this.retries.encourage();
    this.show({ phase: this.view.value.lostAt === null ? "opening" : "reconnecting", problem: null });
    this.lastTickAt = Date.now();
    this.ticker ??= setInterval(() => void this.tick(), TICK_MS);
    this.stopWatching ??= this.watch();
    void this.connect();
  }

  nudge(): void {
    const { lostAt } = this.view.value;
    const mendsLong = this.room !== null && this.phase === "reconnecting" && Date.now() - (lostAt ?? 0) > MENDING_MS;
    if (this.retry !== undefined || mendsLong) {
      if (!this.retries.mayAsk) return;
      this.retries.encourage();
      void this.connect();
    } else if (this.phase === "sending" && this.view.value.problem?.code === "device") {
      void this.reopen();
    }
  }

  stop(): void {
    this.finish("stopped", null);
    this.parts.rooms.release();
  }

  private watch(): () => void {
    const { capture, isLive, isAway } = this.parts;
    capture.follow({ renewed: () => this.stage?.syncSoon(), lost: () => void this.reopen() });
    const stopSwitches = capture.view.subscribe((view) => this.stage?.turnSwitches(view));
    const stopLive = isLive.subscribe((live) => this.show({ onAir: this.phase === "sending" && live }));
    const stopAway = isAway.subscribe((away) => this.onAway(away));
    const stopDevices = capture.onDevicesChanged(() => this.nudge());
    return () => {
      stopSwitches();
      stopLive();
      stopAway();
      stopDevices();
    };
  }

  private async connect(): Promise<void> {
    const turn = this.drop();
    const isOld = (): boolean => turn !== this.turn;
    try {
      const first = await this.ask();
      if (isOld()) return;
      const plan = planCamera(this.parts.uploadBps, first);
      await this.parts.capture.sharpen(heightOf(plan));
      await this.parts.capture.ready();
      if (isOld()) return;
      const pass = await this.ask();
      if (isOld()) return;
      this.pass = null;
      const room = this.parts.rooms.make(this.eventsOf(turn));
      const stage = new Stage(room, this.parts.capture, plan, pass, this.stageEventsOf(turn));
      this.room = room;
      this.stage = stage;
      await room.connect(pass.url, pass.token);
      if (isOld()) return;
      if (!this.takesOver && room.others.some((identity) => this.isOtherStudio(identity))) {
        this.giveWay();
        return;
      }
      await stage.sync();
      if (!isOld()) this.onSending();
    } catch (error) {
      if (!isOld()) this.onNoConnection(error);
    }
  }

  /** A pass that is fresh: the one not used yet, or a new one. Who we were is left with the asking. */
  private async ask(): Promise<RoomPass> {
    if (this.pass !== null && Date.now() - this.pass.at < PASS_FRESH_MS) return this.pass.given;
    const at = Date.now();
    const given = await this.parts.pass(this.identity);
    this.pass = { given, at };
    this.know(given.identity);
    if (this.view.value.problem?.code === "media_away" && this.view.value.lostAt !== null) {
      // While the server was away nobody's time ran.
      this.show({ lostAt: Date.now() });
    }
    return given;
  }

  /** Who asks for a pass without leaving anybody takes the stream back; that is for a person to say. */
  private giveWay(): void {
    this.know(null);
    this.finish("taken", null);
  }

  private end(): void {
    this.know(null);
    this.finish("ended", null);
  }

  private know(identity: string | null): void {
    this.identity = identity;
    this.parts.memory.identity = identity;
    if (identity !== null) this.selves.add(identity);
  }

  private isOtherStudio(identity: string): boolean {
    return identity.startsWith("broadcaster-") && !this.selves.has(identity);
  }

  private eventsOf(turn: number): RoomEvents {
    const ours = (): boolean => turn === this.turn;
    return {
      resuming: () => ours() && this.onResuming(),
      resumed: () => ours() && this.onResumed(),
      closed: () => ours() && this.reconnect({ code: this.cutOrAway }, null),
      joined: (identity) => {
        if (ours() && this.isOtherStudio(identity)) this.giveWay();
      },
      quality: (quality) => {
        if (ours()) this.gauge.quality = quality;
      },
      confirmed: (device, muted) => ours() && this.stage?.onConfirmed(device, muted),
      switched: (device, muted) => ours() && this.stage?.onSwitched(device, muted),
      unpublished: (device) => ours() && this.stage?.onUnpublished(device),
    };
  }

  private stageEventsOf(turn: number): StageEvents {
    const ours = (): boolean => turn === this.turn;
    return {
      changed: () => ours() && this.onStage(),
      confirmed: (device) => {
        const { problem } = this.view.value;
        if (ours() && problem?.code === "unconfirmed" && problem.device === device) this.show({ problem: null });
      },
      unconfirmed: (device, muted) => {
        if (ours() && this.phase === "sending") this.show({ problem: { code: "unconfirmed", device, muted } });
      },
      screenRefused: () => ours() && this.show({ problem: { code: "unpublished", device: "screen" } }),
      failed: (error) => ours() && this.onNoConnection(error),
    };
  }

  /** What had gone wrong with a device is over once it is sent. */
  private onStage(): void {
    const { problem } = this.view.value;
    const { tracks } = this.parts.capture.view.peek();
    const failed = problem?.code === "device" ? problem.error.device : null;
    const device = problem?.code === "unpublished" ? problem.device : failed;
    const isOver = this.phase === "sending" && device !== null && tracks[device]?.readyState === "live";
    this.show(isOver ? { problem: null } : {});
  }

  private onNoConnection(error: unknown): void {
    if (error instanceof PassRefused) {
      if (error.why === "taken") return this.giveWay();
      if (error.why === "ended") return this.end();
      return this.finish("blocked", { code: error.why });
    }
    if (error instanceof CaptureError) {
      const problem = { code: "device", error } as const;
      // Asking again would open the browser's question again and again.
      if (error.problem === "denied" || error.problem === "insecure") return this.finish("blocked", problem);
      return this.reconnect(problem, error);
    }
    if (error instanceof MediaAway) return this.reconnect({ code: "media_away" }, error);
    if (error instanceof Unpublished) return this.reconnect({ code: "unpublished", device: error.device }, error);
    // With a pass in hand and no way in, it is the media server, or what stands before it.
    return this.reconnect({ code: this.room === null ? this.cutOrAway : "media_refused" }, error);
  }

  private onSending(): void {
    this.sendingSince = Date.now();
    this.takesOver = false;
    this.show({ phase: "sending", onAir: this.parts.isLive.value, lostAt: null, problem: null });
    void this.tick();
  }

  private onResuming(): void {
    if (this.phase !== "sending") return;
    const since = Date.now();
    this.hiccup ??= setTimeout(() => {
      this.show({ phase: "reconnecting", lostAt: since, onAir: false, problem: { code: this.cutOrAway } });
    }, HICCUP_MS);
  }

  private onAway(away: boolean): void {
    const isBack = this.wasAway && !away;
    this.wasAway = away;
    if (isBack) this.nudge();
    else if (away && this.phase === "reconnecting") this.show({ problem: { code: "media_away" } });
  }

  private onResumed(): void {
    clearTimeout(this.hiccup);
    this.hiccup = undefined;
    if (this.phase !== "reconnecting") return;
    this.show({ phase: "sending", lostAt: null, onAir: this.parts.isLive.value, problem: null });
    this.stage?.syncSoon();
  }

  /** A device went away by itself. The other one goes on being sent. */
  private async reopen(): Promise<void> {
    if (this.phase !== "sending") return;
    const { turn } = this;
    try {
      await this.parts.capture.ready();
      if (turn === this.turn && this.view.value.problem?.code === "device") this.show({ problem: null });
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      if (turn === this.turn) this.show({ problem: { code: "device", error } });
    }
  }

  private async tick(): Promise<void> {
    const now = Date.now();
    const slept = now - this.lastTickAt > SLEEP_MS;
    this.lastTickAt = now;
    if (slept) this.nudge();
    if (this.phase !== "sending") return;
    const { turn, stage } = this;
    if (stage === null) return;
    try {
      const counts = await stage.counts();
      if (turn === this.turn) this.measure({ at: now, ...counts });
      await stage.share();
    } catch {
      // A connection that closes while it is asked has nothing to say.
    }
  }

  private measure(sample: Sample): void {
    const { bitrate, figures, line, told } = this.gauge.read(sample, this.parts.capture.view.peek().cameraOff);
    const { problem } = this.view.value;
    // What came by another way than measuring goes by that way too.
    const isMeasured = problem === null || problem.code === "limited" || problem.code === "no_frames";
    this.show({ bitrate, figures, line, lowered: told?.code === "limited", problem: isMeasured ? told : problem });
  }

  private reconnect(problem: SenderProblem | null, error: unknown): void {
    const now = Date.now();
    const wasSteady = this.sendingSince > 0 && now - this.sendingSince > STEADY_MS;
    if (wasSteady) this.retries.reset();
    const wait = this.parts.isAway.peek() ? AWAY_MS : 0;
    const delay = wasSteady ? 0 : Math.max(wait, this.retries.after(error));
    this.drop();
    this.show({
      phase: this.phase === "opening" ? "opening" : "reconnecting",
      lostAt: this.view.value.lostAt ?? now,
      problem,
      onAir: false,
      bitrate: 0,
    });
    this.retry = setTimeout(() => void this.connect(), delay);
  }

  private finish(phase: SenderPhase, problem: SenderProblem | null): void {
    this.drop();
    clearInterval(this.ticker);
    this.ticker = undefined;
    this.stopWatching?.();
    this.stopWatching = null;
    const lostAt = this.view.value.lostAt ?? Date.now();
    this.show({ phase, problem, onAir: false, bitrate: 0, lostAt });
  }

  /** Let go of the present room and of every timer that belongs to it. */
  private drop(): number {
    clearTimeout(this.retry);
    this.retry = undefined;
    clearTimeout(this.hiccup);
    this.hiccup = undefined;
    this.stage?.close();
    this.room = this.stage = null;
    this.gauge = new Gauge();
    this.sendingSince = 0;
    this.turn += 1;
    return this.turn;
  }

  private show(change: Partial<SenderView>): void {
    const { stage } = this;
    this.view.value = {
      ...this.view.value,
      ...change,
      targetBitrate: stage?.targetBitrate ?? this.view.value.targetBitrate,
      unconfirmed: stage?.unconfirmed ?? [],
    };
  }
}
