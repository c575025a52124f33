const LOOK_EVERY_MS = 1000;
/** So many looks without a new frame are a stall. */
const PATIENCE_LOOKS = 2;

/** The part of a video element that counts frames. */
type Counted = Pick<HTMLVideoElement, "getVideoPlaybackQuality">;

/**
 * Notices that a live picture stands still. A video element does not notice by itself: to it a MediaStream whose
 * frames stop coming is one that shows its last frame.
 */
export class StallWatch {
  private readonly timer: ReturnType<typeof setInterval>;
  private element: Counted | null = null;
  private frames = 0;
  private looks = 0;

  constructor(
    /** The element in which frames must be coming now, or null when none need to. */
    private readonly watched: () => Counted | null,
    private readonly onStall: (stalls: boolean) => void,
  ) {
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const element = this.watched();
    const frames = element?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
    if (element === null || element !== this.element || frames !== this.frames) {
      if (this.looks >= PATIENCE_LOOKS && element !== null) this.onStall(false);
      this.looks = 0;
    } else {
      this.looks += 1;
      if (this.looks === PATIENCE_LOOKS) this.onStall(true);
    }
    this.element = element;
    this.frames = frames;
  }
}
