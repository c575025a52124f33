import { batch, computed, effect, signal, untracked } from "@preact/signals-core";
import type { Playback } from "../../api/types";
import type { PlaybackKind } from "../stream/source";
import type { Visit } from "../stream/visit";
import { AUTO, makeEngine, type Engine, type EngineEvents, type Level, type Line, type Screens } from "./engine";
import { phaseOf, remedyFor, type Media, type Phase, type Problem } from "./phase";
import { recallVolume, rememberVolume } from "./volume";

const HAS_SOUND: ReadonlySet<Phase> = new Set(["playing", "paused", "stalled", "loading", "dark"]);
const STEADY_MS = 10_000;
const WORDS_AFTER_MS = 3000;
/** HLS that has stopped for so long, while the stream goes on, may have been taken down for good: see docs/bridge.md. */
const DOUBT_AFTER_MS = 10_000;
const GOOD_AFTER_MS = 15_000;
/** Coming back from a pause longer behind than this jumps to now; less plays on where it was. */
const RESUME_BEHIND_SECONDS = 8;
/** So many rooms lost in a row, none of which showed anything for long, and words are due. */
const UNANSWERED_AFTER = 2;
/** Up to here the badge says "live". */
export const LIVE_WITHIN_SECONDS = 5;

/**
 * Plays a visit's stream in a video element: starts muted, keeps to the live edge, and tries again by itself.
 *
 * All that the controls show is in signals; all that they do is a method.
 */
export class Player {
  readonly muted = signal(true);
  readonly volume = signal(recallVolume());
  readonly behindSeconds = signal<number | null>(null);
  readonly levels = signal<readonly Level[]>([]);
  readonly level = signal<number>(AUTO);
  /** The picture has stood still for so long that words are due. */
  readonly stalledLong = signal(false);
  /** Nobody has asked for sound yet, so the picture offers it. */
  readonly offersSound = computed(
    () => this.muted.value && !this.soundChosen.value && this.hasPicture.value && HAS_SOUND.has(this.phase.value),
  );
  readonly hasPicture = signal(false);
  /** How it is being watched; null before there is anything. */
  readonly kind = signal<PlaybackKind | null>(null);
  /** How it may be watched now. */
  readonly kinds = signal<readonly PlaybackKind[]>([]);
  /** The camera is shown in the corner of a shared screen. */
  readonly hasCorner = signal(false);
  readonly line = signal<Line>("good");
  readonly phase;

  private readonly media = signal<Media>("idle");
  private readonly isDark = signal(false);
  /** Tokens come and lead nowhere: the page sees for itself what the room may not have told it. */
  private readonly isUnanswered = signal(false);
  private readonly soundChosen = signal(false);
  private readonly video: HTMLVideoElement;
  private engine: Engine | null = null;
  /** Counts loads, so that an engine that arrives too late is recognised and dropped. */
  private turn = 0;
  /** The lines that the viewer chose, to be chosen again from other levels. */
  private chosenHeight: number | null = null;
  private attempt = 0;
  private retryTimer: number | undefined;
  private retry: (() => void) | null = null;
  private stallTimer: number | undefined;
  private steadyTimer: number | undefined;
  private doubtTimer: number | undefined;
  private lineTimer: number | undefined;
  private wantsPlay = true;

  constructor(
    private readonly visit: Visit,
    readonly screens: Screens,
    private readonly make: typeof makeEngine = makeEngine,
  ) {
    this.video = screens.picture;
    this.phase = computed(() =>
      phaseOf(visit.stage.value, this.media.value, {
        isRefused: visit.refused.value !== null,
        trouble: visit.source.trouble.value ?? (this.isUnanswered.value ? "media_away" : null),
        isDark: this.isDark.value,
      }),
    );
  }

  /** Plays until the returned function is called. */
  start(): () => void {
    const { video } = this;
    video.muted = true;
    video.volume = this.volume.value;
    const listening = new AbortController();
    const on = (name: keyof HTMLMediaElementEventMap, act: () => void): void =>
      video.addEventListener(name, act, { signal: listening.signal });
    on("playing", () => this.onPlaying());
    on("waiting", () => this.onStalled());
    on("pause", () => {
      if (!this.wantsPlay) this.media.value = "paused";
    });
    on("volumechange", () => this.onVolume());
    on("loadeddata", () => (this.hasPicture.value = true));
    const onVisible = (): void => {
      // In the background timers are slow and lines are cut; whoever looks again does not want to wait.
      if (document.visibilityState !== "visible") return;
      this.hurry();
      this.visit.source.retryNow();
    };
    document.addEventListener("visibilitychange", onVisible, { signal: listening.signal });
    const watch = window.setInterval(() => (this.behindSeconds.value = this.engine?.behindSeconds() ?? null), 1000);
    const stopLoading = effect(() => {
      const playback = this.visit.playback.value;
      if (playback) untracked(() => void this.load(playback));
    });
    const stopAtEnd = effect(() => {
      if (this.visit.isOver.value) this.stop();
    });
    const stopWhenShutOut = effect(() => {
      if (this.visit.refused.value) untracked(() => this.release());
    });
    const hurryOnReturn = effect(() => {
      if (this.visit.source.returns.value > 0) this.attempt = 0;
    });
    return () => {
      listening.abort();
      window.clearInterval(watch);
      for (const stop of [stopLoading, stopAtEnd, stopWhenShutOut, hurryOnReturn]) stop();
      this.stop();
      this.drop();
    };
  }

  togglePlay(): void {
    if (this.video.paused) this.play();
    else this.pause();
  }

  play(): void {
    this.wantsPlay = true;
    if ((this.behindSeconds.value ?? 0) > RESUME_BEHIND_SECONDS) this.catchUp();
    this.video.play().catch((error: unknown) => {
      // The browser refuses to start by itself: the viewer's press on play is what it waits for.
      if (error instanceof DOMException && error.name === "NotAllowedError") this.pause();
    });
  }

  pause(): void {
    window.clearTimeout(this.doubtTimer);
    this.wantsPlay = false;
    this.media.value = "paused";
    this.video.pause();
  }

  toggleMute(): void {
    this.soundChosen.value = true;
    this.video.muted = !this.video.muted;
    if (!this.video.muted && this.video.volume === 0) this.video.volume = 0.5;
    if (!this.video.muted && this.wantsPlay) this.play();
  }

  setVolume(volume: number): void {
    this.soundChosen.value = true;
    this.video.volume = Math.min(1, Math.max(0, volume));
    this.video.muted = this.video.volume === 0;
  }

  setLevel(index: number): void {
    this.chosenHeight = this.levels.value.find((level) => level.index === index)?.height ?? null;
    this.level.value = index;
    this.engine?.setLevel(index);
  }

  /** Watches in this way from now on. Rejects when it cannot be had; then all goes on as it was. */
  async choose(kind: PlaybackKind): Promise<void> {
    if (kind !== this.kind.value) await this.visit.source.choose(kind);
  }

  /** Jumps to now. */
  catchUp(): void {
    const live = this.engine?.livePosition();
    if (live !== null && live !== undefined) this.video.currentTime = live;
  }

  tryAgain(): void {
    this.attempt = 0;
    this.media.value = "loading";
    void this.visit.renewPlayback();
  }

  private async load(playback: Playback): Promise<void> {
    const turn = ++this.turn;
    // It came by another way than the one that was to be tried.
    this.retry = null;
    this.media.value = this.wantsPlay ? "loading" : "paused";
    if (this.engine && this.engine.kind !== playback.kind) this.drop();
    batch(() => {
      this.kind.value = playback.kind;
      this.kinds.value = playback.kinds;
    });
    const engine = this.engine ?? (await this.make(playback.kind, this.screens, this.events));
    if (turn !== this.turn) {
      if (engine !== this.engine) engine?.destroy();
      return;
    }
    this.engine = engine;
    if (!engine) {
      this.media.value = "failed";
      return;
    }
    engine.load(playback);
    if (this.wantsPlay) this.play();
  }
  private readonly events: EngineEvents = {
    onLevels: (levels) => this.onLevels(levels),
    onProblem: (problem) => this.mend(problem),
    onMedia: () => {
      if (this.wantsPlay) this.play();
    },
    onStall: (stalls) => {
      if (stalls) this.onStalled();
      else if (!this.video.paused) this.onPlaying();
    },
    onDark: (isDark) => (this.isDark.value = isDark),
    onCorner: (isShown) => (this.hasCorner.value = isShown),
    onLine: (line) => this.onLine(line),
  };

  /** Bad news at once, good news when it has lasted: a line that wavers is told as one weak line. */
  private onLine(line: Line): void {
    window.clearTimeout(this.lineTimer);
    if (line === "poor") this.line.value = line;
    else this.lineTimer = window.setTimeout(() => (this.line.value = line), GOOD_AFTER_MS);
  }

  /** Levels of another engine, or of a picture of another size, have other numbers. */
  private onLevels(levels: readonly Level[]): void {
    this.levels.value = levels;
    const chosen = levels.find((level) => level.height === this.chosenHeight);
    if (!chosen || chosen.index === this.level.value) return;
    this.level.value = chosen.index;
    this.engine?.setLevel(chosen.index);
  }

  private mend(problem: Problem): void {
    if (this.visit.isOver.value) return;
    if (problem === "lost") {
      this.isUnanswered.value = this.attempt >= UNANSWERED_AFTER;
      this.visit.source.spend();
      this.onStalled();
    }
    const remedy = remedyFor(problem, this.attempt++);
    if (remedy.do === "give-up") {
      this.media.value = "failed";
      return;
    }
    this.later(remedy.afterMs, () => {
      if (remedy.do === "renew") void this.visit.renewPlayback();
      else if (remedy.do === "reload") this.engine?.again?.reload();
      else this.engine?.again?.restart();
      if (this.wantsPlay && this.video.paused) this.play();
    });
  }

  private later(milliseconds: number, act: () => void): void {
    window.clearTimeout(this.retryTimer);
    this.retry = act;
    this.retryTimer = window.setTimeout(() => this.hurry(), milliseconds);
  }

  /** Does now what was to be tried later. */
  private hurry(): void {
    window.clearTimeout(this.retryTimer);
    const { retry } = this;
    this.retry = null;
    retry?.();
  }

  private onPlaying(): void {
    batch(() => {
      this.media.value = "playing";
      this.stalledLong.value = false;
      this.isUnanswered.value = false;
    });
    this.visit.source.works();
    window.clearTimeout(this.doubtTimer);
    window.clearTimeout(this.stallTimer);
    window.clearTimeout(this.steadyTimer);
    this.steadyTimer = window.setTimeout(() => (this.attempt = 0), STEADY_MS);
  }

  private onStalled(): void {
    if (this.media.value === "paused") return;
    this.media.value = this.hasPicture.value ? "stalled" : "loading";
    window.clearTimeout(this.steadyTimer);
    window.clearTimeout(this.stallTimer);
    this.stallTimer = window.setTimeout(() => (this.stalledLong.value = true), WORDS_AFTER_MS);
    if (this.engine?.kind === "hls") this.doubt();
  }

  private doubt(): void {
    window.clearTimeout(this.doubtTimer);
    this.doubtTimer = window.setTimeout(
      () => {
        if (this.visit.stage.value === "live") void this.visit.source.recheck();
        this.doubt();
      },
      DOUBT_AFTER_MS * (1 + Math.random()),
    );
  }

  private onVolume(): void {
    batch(() => {
      this.muted.value = this.video.muted;
      this.volume.value = this.video.volume;
    });
    rememberVolume(this.video.volume);
  }

  private stop(): void {
    for (const timer of [this.retryTimer, this.stallTimer, this.steadyTimer, this.doubtTimer, this.lineTimer]) window.clearTimeout(timer);
    this.turn += 1;
    this.retry = null;
    this.wantsPlay = false;
    this.video.pause();
    this.engine?.stop();
    this.visit.source.spend();
  }

  /** The page is not let in any more: leaves the room, and with it gives back the token. */
  private release(): void {
    if (this.visit.playback.value === null) this.halt();
    if (this.engine?.kind !== "webrtc") return;
    this.engine.stop();
    this.visit.source.spend();
  }

  /** There is no place to watch any more: what came already is not shown either. */
  private halt(): void {
    for (const timer of [this.retryTimer, this.stallTimer, this.steadyTimer, this.doubtTimer]) window.clearTimeout(timer);
    this.retry = null;
    this.engine?.stop();
    this.video.pause();
  }

  /** Lets go of the engine and of all that was its own. */
  private drop(): void {
    window.clearTimeout(this.doubtTimer);
    window.clearTimeout(this.lineTimer);
    this.engine?.destroy();
    this.engine = null;
    batch(() => {
      this.levels.value = [];
      this.level.value = AUTO;
      this.isDark.value = false;
      this.isUnanswered.value = false;
      this.hasCorner.value = false;
      this.line.value = "good";
    });
  }
}
