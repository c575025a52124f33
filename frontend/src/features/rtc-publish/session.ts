import { type ReadonlySignal, signal } from "@preact/signals-core";
import { type Capture, CaptureError, type CaptureView, type DeviceKind } from "../ingest/capture";
import { PassRefused } from "../ingest/pass";
import { MediaAway, type RoomPass } from "../sending/pass";
import { Retries } from "../sending/retries";
import {
  IDLE,
  type RoomFigures,
  type Sender,
  type SenderPhase,
  type SenderProblem,
  type SenderView,
} from "../sending/sender";
import { type CameraPlan, type Caps, heightOf, planCamera, planFor, planScreen, SOUND_BPS, totalOf } from "./plan";
import { NO_FIGURES, type Publication, type PublishRoom, type Quality, type RoomEvents, type RoomMaker } from "./room";
import { lineOf, type Rates, ratesOf, type Sample } from "./stats";

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
/** A server that hears us says so in a tenth of a second; after this we say that it did not. */
const CONFIRM_MS = 4_000;
/** A line that is mended for longer than this is given up when somebody asks to. */
const MENDING_MS = 3_000;
/** Only what lasts is worth a word, */
const TELLING_TICKS = 4;
/** and a connection starts small by design, and feels its way up. */
const SETTLING_MS = 15_000;

const DEVICES: readonly DeviceKind[] = ["camera", "microphone", "screen"];

interface Sent {
  readonly publication: Publication;
  track: MediaStreamTrack;
  muted: boolean;
}

/**
 * Sends the captured devices into a media server's room, each as a track of its own.
 *
 * What is captured is the wish, what is published follows it: each change of a device, a switch or the shared screen is
 * one `sync`, and so is coming back into a new room. A broken line is mended by the room itself first; what cannot be
 * mended is a new pass and a new room. No pass is used twice.
 */
export class RoomSession implements Sender {
  readonly view = signal<SenderView>({ ...IDLE, figures: NO_FIGURES });

  private room: PublishRoom | null = null;
  private readonly sent = new Map<DeviceKind, Sent>();
  /** Switches that were turned, and how; until the server says that it knows. */
  private readonly asked = new Map<DeviceKind, boolean>();
  /** What the camera may have at most while a screen is shared; undefined when its sender is new and has not been told. */
  private cameraLimit: number | null | undefined;
  /** Everybody we have been in rooms of this stream. Who else sends there is another tab or device. */
  private readonly selves = new Set<string>();
  private identity: string | null;
  private caps: Caps = { heightMost: 720, bitrateMost: 0 };
  private plan: CameraPlan = [];
  private syncing: Promise<void> = Promise.resolve();
  /** Counts connections; what belongs to an earlier one is no longer listened to. */
  private turn = 0;
  private readonly retries: Retries;
  /** By a person who means it: then whoever else sends gives way. */
  private takesOver = false;
  private wasAway = false;
  private sendingSince = 0;
  private lastTickAt = 0;
  private sample: Sample | null = null;
  private quality: Quality | null = null;
  /** Ticks in a row. */
  private limitedFor = 0;
  private stillFor = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private hiccup: ReturnType<typeof setTimeout> | undefined;
  private confirmation: ReturnType<typeof setTimeout> | undefined;
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
    capture.follow({ renewed: () => void this.syncSoon(), lost: () => void this.reopen() });
    const stopSwitches = capture.view.subscribe((view) => this.onCaptured(view));
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
      let asked = Date.now();
      let pass = await this.ask();
      if (isOld()) return;
      this.plan = planCamera(this.parts.uploadBps, pass);
      await this.parts.capture.sharpen(heightOf(this.plan));
      await this.parts.capture.ready();
      if (isOld()) return;
      if (Date.now() - asked > PASS_FRESH_MS) {
        asked = Date.now();
        pass = await this.ask();
        if (isOld()) return;
      }
      this.caps = pass;
      this.room = this.parts.rooms.make(this.eventsOf(turn));
      await this.room.connect(pass.url, pass.token);
      if (isOld()) return;
      if (!this.takesOver && this.sendsElsewhere()) {
        this.giveWay();
        return;
      }
      await this.syncSoon();
      if (!isOld()) this.onSending();
    } catch (error) {
      if (!isOld()) this.onNoConnection(error);
    }
  }

  /** Who we were is given up with the asking, so an answer that got lost on the way leaves nobody behind. */
  private async ask(): Promise<RoomPass> {
    const pass = await this.parts.pass(this.identity);
    this.know(pass.identity);
    if (this.view.value.problem?.code === "media_away" && this.view.value.lostAt !== null) {
      // While the server was away nobody's time ran.
      this.show({ lostAt: Date.now() });
    }
    return pass;
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

  private sendsElsewhere(): boolean {
    return (this.room?.others ?? []).some((identity) => this.isOtherStudio(identity));
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
        if (ours()) this.quality = quality;
      },
      confirmed: (device, muted) => ours() && this.onConfirmed(device, muted),
      switched: (device, muted) => ours() && this.onSwitched(device, muted),
      unpublished: (device) => ours() && this.onUnpublished(device),
    };
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
    void this.syncSoon();
  }

  /** The wish may have changed: make what is published follow. Only the last of many changes is worked on. */
  private syncSoon(): Promise<void> {
    const { turn } = this;
    const sync = this.syncing.then(() => (turn === this.turn ? this.sync(turn) : undefined));
    this.syncing = sync.catch((error: unknown) => {
      if (turn === this.turn && this.phase === "sending") this.onNoConnection(error);
    });
    return sync;
  }

  private async sync(turn: number): Promise<void> {
    const { room } = this;
    if (room === null) return;
    for (const device of DEVICES) {
      const view = this.parts.capture.view.value;
      const track = view.tracks[device];
      const sent = this.sent.get(device);
      const muted = isMuted(view, device);
      if (track === null) {
        await this.unpublish(device, sent);
      } else if (track.readyState !== "live") {
        // A device that went away keeps its place until it, or another one, is back.
      } else if (sent === undefined) {
        await this.publish(room, device, track, muted);
      } else {
        if (sent.track !== track) {
          await sent.publication.replace(track);
          sent.track = track;
          if (device === "camera") this.cameraLimit = undefined;
        }
        await this.applySwitch(device, sent, muted);
      }
      if (turn !== this.turn) return;
    }
    await this.share();
    if (turn === this.turn) this.show({});
  }

  private async publish(room: PublishRoom, device: DeviceKind, track: MediaStreamTrack, muted: boolean): Promise<void> {
    const { turn } = this;
    try {
      const publication = await room.publish(device, track, { muted, layers: this.layersOf(device) });
      if (turn !== this.turn) return;
      this.sent.set(device, { publication, track, muted });
      if (device === "camera") this.cameraLimit = null;
    } catch (error) {
      if (turn !== this.turn) return;
      if (device !== "screen") throw new Unpublished(device, error);
      // The camera goes on; the screen has to be chosen anew.
      this.show({ problem: { code: "unpublished", device } });
      void this.parts.capture.stopScreen();
    }
  }

  private layersOf(device: DeviceKind): CameraPlan {
    if (device === "microphone") return [];
    if (device === "screen") return [planScreen(this.caps).screen];
    const { width, height } = this.parts.capture.view.value.tracks.camera?.getSettings() ?? {};
    const lines = Math.min(width ?? Infinity, height ?? Infinity);
    return planFor(this.plan, Number.isFinite(lines) ? lines : heightOf(this.plan), this.caps);
  }

  private async unpublish(device: DeviceKind, sent: Sent | undefined): Promise<void> {
    if (sent === undefined) return;
    this.sent.delete(device);
    this.asked.delete(device);
    await sent.publication.end();
  }

  /** The operator's cap is for everything together, so the camera gives way to a shared screen. */
  private async share(): Promise<void> {
    const most = this.sent.has("screen") ? planScreen(this.caps).cameraBps : null;
    const camera = this.sent.get("camera");
    if (camera === undefined || most === this.cameraLimit) return;
    this.cameraLimit = most;
    try {
      await camera.publication.limit(most);
    } catch {
      // Somebody else was just setting the encoder; the next tick tries again.
      this.cameraLimit = undefined;
    }
  }

  private onCaptured(view: CaptureView): void {
    for (const [device, sent] of this.sent) {
      if (sent.muted !== isMuted(view, device)) void this.applySwitch(device, sent, isMuted(view, device));
    }
  }

  private async applySwitch(device: DeviceKind, sent: Sent, muted: boolean): Promise<void> {
    if (sent.muted === muted) return;
    sent.muted = muted;
    this.asked.set(device, muted);
    clearTimeout(this.confirmation);
    this.confirmation = setTimeout(() => this.onUnconfirmed(), CONFIRM_MS);
    this.show({});
    await sent.publication.mute(muted);
  }

  private onConfirmed(device: DeviceKind, muted: boolean): void {
    if (this.asked.get(device) !== muted) return;
    this.asked.delete(device);
    const { problem } = this.view.value;
    this.show({ problem: problem?.code === "unconfirmed" && problem.device === device ? null : problem });
  }

  private onUnconfirmed(): void {
    const [first] = this.asked;
    if (first === undefined || this.phase !== "sending") return;
    const [device, muted] = first;
    this.show({ problem: { code: "unconfirmed", device, muted } });
  }

  /** Not by us: a moderator, or the browser that took the device away for a while. */
  private onSwitched(device: DeviceKind, muted: boolean): void {
    const sent = this.sent.get(device);
    if (sent === undefined || sent.muted === muted || sent.track.readyState !== "live") return;
    sent.muted = muted;
    if (device === "microphone") this.parts.capture.mute(muted);
    if (device === "camera") this.parts.capture.turnCameraOff(muted);
  }

  /** The server took something off the stage. What is captured still wishes to be there, so it is offered again. */
  private onUnpublished(device: DeviceKind): void {
    this.sent.delete(device);
    this.asked.delete(device);
    void this.syncSoon();
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
    const { turn } = this;
    const counts = async (device: DeviceKind): Promise<Sample[DeviceKind]> =>
      (await this.sent.get(device)?.publication.counts()) ?? [];
    try {
      const [camera, screen, microphone] = await Promise.all([counts("camera"), counts("screen"), counts("microphone")]);
      const sample = { at: now, camera, screen, microphone };
      if (turn === this.turn) this.measure(sample);
      if (turn === this.turn) await this.share();
    } catch {
      // A connection that closes while it is asked has nothing to say.
    }
  }

  private measure(sample: Sample): void {
    const rates = ratesOf(this.sample, sample);
    this.sample = sample;
    this.limitedFor = rates.limited === null ? 0 : this.limitedFor + 1;
    const isOff = this.parts.capture.view.peek().cameraOff;
    const isStill = !isOff && rates.layers.length === 0 && sample.camera.some((layer) => layer.wanted);
    this.stillFor = isStill ? this.stillFor + 1 : 0;
    const figures: RoomFigures = {
      by: "room",
      quality: this.quality,
      framesPerSecond: rates.framesPerSecond,
      lost: rates.lost,
      roundTripMs: rates.roundTripMs,
      watched: rates.watched,
      layers: rates.layers,
      screen: rates.screen,
    };
    const told = this.measured(rates);
    const { problem } = this.view.value;
    this.show({
      bitrate: rates.bitrate,
      figures,
      line: lineOf(this.quality, rates),
      lowered: told?.code === "limited",
      // What came by another way than measuring goes by that way too.
      problem: problem === null || problem.code === "limited" || problem.code === "no_frames" ? told : problem,
    });
  }

  private measured({ limited, bitrate }: Rates): SenderProblem | null {
    const isSettled = Date.now() - this.sendingSince > SETTLING_MS;
    if (limited !== null && isSettled && this.limitedFor >= TELLING_TICKS) {
      return { code: "limited", by: limited.by, bitrate, height: limited.height };
    }
    return this.stillFor >= TELLING_TICKS ? { code: "no_frames" } : null;
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
    clearTimeout(this.confirmation);
    this.hiccup = undefined;
    // What an earlier room never answered holds up nothing in the next one.
    this.syncing = Promise.resolve();
    this.sent.clear();
    this.asked.clear();
    this.sample = null;
    this.quality = null;
    this.limitedFor = this.stillFor = 0;
    this.sendingSince = 0;
    const { room } = this;
    this.room = null;
    this.turn += 1;
    // Nobody waits for a goodbye that may never be heard.
    void room?.close().catch(() => undefined);
    return this.turn;
  }

  private show(change: Partial<SenderView>): void {
    const sharing = this.sent.has("screen");
    const total = sharing ? this.caps.bitrateMost : totalOf(this.layersOf("camera")) + SOUND_BPS;
    this.view.value = {
      ...this.view.value,
      ...change,
      targetBitrate: this.plan.length === 0 ? 0 : total,
      unconfirmed: [...this.asked.keys()],
    };
  }
}

/** The server took our connection, and not our track: by a word, or by silence. */
class Unpublished extends Error {
  constructor(
    readonly device: DeviceKind,
    cause: unknown,
  ) {
    super(`the server did not take the ${device}`, { cause });
  }
}

function isMuted(view: CaptureView, device: DeviceKind): boolean {
  if (device === "microphone") return view.muted;
  return device === "camera" && view.cameraOff;
}
