const LOOK_EVERY_MS = 250;
/** So many looks without a new frame are a stall: two seconds. */
const PATIENCE_LOOKS = 8;

export interface Watched {
  readonly element: Pick<HTMLVideoElement, "getVideoPlaybackQuality">;
  /** It may stand still without anything being wrong, as a shared screen does. */
  readonly mayRest: boolean;
}

/**
 * Notices that a live picture stands still, and that it moves again. A video element does not notice by itself: to it
 * a MediaStream whose frames stop coming is one that shows its last frame.
 */
export class StallWatch {
  private readonly timer: ReturnType<typeof setInterval>;
  private element: Watched["element"] | null = null;
  private frames = 0;
  private looks = 0;
  /** Until the first frame has come, there is none. */
  private isStalled = true;

  constructor(
    /** Where frames must be coming now; null where nobody looks or nothing is sent. */
    private readonly watched: () => Watched | null,
    private readonly onStall: (stalls: boolean) => void,
  ) {
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const watched = this.watched();
    const frames = watched?.element.getVideoPlaybackQuality().totalVideoFrames ?? 0;
    const isNew = watched?.element !== this.element;
    const moves = frames !== this.frames;
    this.element = watched?.element ?? null;
    this.frames = frames;
    if (!watched || isNew || moves || watched.mayRest) this.looks = 0;
    else this.looks += 1;
    if (this.isStalled && moves && !isNew) this.tell(false);
    else if (!this.isStalled && this.looks >= PATIENCE_LOOKS) this.tell(true);
  }

  private tell(stalls: boolean): void {
    this.isStalled = stalls;
    this.onStall(stalls);
  }
}
