import { batch, computed, effect, signal } from "@preact/signals-core";
import type { Visit } from "../stream/visit";
import { AUTO, makeEngine, type Engine, type Level } from "./engine";
import { phaseOf, remedyFor, type Media, type Phase, type Problem } from "./phase";
import { recallVolume, rememberVolume } from "./volume";

const HAS_SOUND: ReadonlySet<Phase> = new Set(["playing", "paused", "stalled", "loading"]);
const STEADY_MS = 10_000;
const WORDS_AFTER_MS = 3000;
/** Coming back from a pause longer behind than this jumps to now; less plays on where it was. */
const RESUME_BEHIND_SECONDS = 8;
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
  readonly phase;

  private readonly media = signal<Media>("idle");
  private readonly soundChosen = signal(false);
  private engine: Engine | null = null;
  private attempt = 0;
  private retryTimer: number | undefined;
  private stallTimer: number | undefined;
  private steadyTimer: number | undefined;
  private wantsPlay = true;

  constructor(
    private readonly visit: Visit,
    private readonly video: HTMLVideoElement,
  ) {
    this.phase = computed(() => phaseOf(visit.stage.value, this.media.value, visit.refused.value !== null));
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
    const watch = window.setInterval(() => (this.behindSeconds.value = this.engine?.behindSeconds() ?? null), 1000);
    const stopLoading = effect(() => {
      const playback = this.visit.playback.value;
      if (playback) void this.load(playback.url, listening.signal);
    });
    const stopAtEnd = effect(() => {
      if (this.visit.isOver.value) this.stop();
    });
    return () => {
      listening.abort();
      window.clearInterval(watch);
      stopLoading();
      stopAtEnd();
      this.stop();
      this.engine?.destroy();
      this.engine = null;
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
    this.level.value = index;
    this.engine?.setLevel(index);
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

  private async load(url: string, until: AbortSignal): Promise<void> {
    this.media.value = "loading";
    this.engine ??= await makeEngine(this.video, {
      onLevels: (levels) => (this.levels.value = levels),
      onProblem: (problem) => this.mend(problem),
    });
    if (until.aborted) {
      this.engine?.destroy();
      return;
    }
    if (!this.engine) {
      this.media.value = "failed";
      return;
    }
    this.engine.load(url);
    if (this.wantsPlay) this.play();
  }

  private mend(problem: Problem): void {
    if (this.visit.isOver.value) return;
    const remedy = remedyFor(problem, this.attempt++);
    if (remedy.do === "give-up") {
      this.media.value = "failed";
      return;
    }
    window.clearTimeout(this.retryTimer);
    this.retryTimer = window.setTimeout(() => {
      if (remedy.do === "renew") void this.visit.renewPlayback();
      else if (remedy.do === "reload") this.engine?.reload();
      else this.engine?.restart();
      if (this.wantsPlay && this.video.paused) this.play();
    }, remedy.afterMs);
  }

  private onPlaying(): void {
    batch(() => {
      this.media.value = "playing";
      this.stalledLong.value = false;
    });
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
  }

  private onVolume(): void {
    batch(() => {
      this.muted.value = this.video.muted;
      this.volume.value = this.video.volume;
    });
    rememberVolume(this.video.volume);
  }

  private stop(): void {
    for (const timer of [this.retryTimer, this.stallTimer, this.steadyTimer]) window.clearTimeout(timer);
    this.wantsPlay = false;
    this.video.pause();
    this.engine?.stop();
  }
}
