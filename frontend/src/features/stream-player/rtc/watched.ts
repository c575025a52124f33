import type { ElementInfo } from "livekit-client";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Tells livekit-client how large a video is seen, so that no more is sent than is looked at: nothing while the page
 * is in the background, scrolled away or paused, except into a picture-in-picture window.
 */
export class WatchedElement implements ElementInfo {
  visibilityChangedAt: number | undefined = undefined;
  handleResize?: () => void;
  handleVisibilityChanged?: () => void;

  private isIntersecting = true;
  private readonly intersections: IntersectionObserver;
  private readonly sizes: ResizeObserver;

  constructor(
    readonly element: HTMLVideoElement,
    /** A size that the viewer chose, which is wanted however small the player is. */
    private readonly chosen: () => Size | null,
  ) {
    this.intersections = new IntersectionObserver((entries) => {
      this.isIntersecting = entries.at(-1)?.isIntersecting ?? true;
      this.changed();
    });
    this.sizes = new ResizeObserver(() => this.handleResize?.());
  }

  width(): number {
    return this.chosen()?.width ?? this.element.clientWidth;
  }

  height(): number {
    return this.chosen()?.height ?? this.element.clientHeight;
  }

  get pictureInPicture(): boolean {
    return this.element.ownerDocument.pictureInPictureElement === this.element;
  }

  get visible(): boolean {
    if (this.element.paused) return false;
    return this.pictureInPicture || (this.isIntersecting && this.element.ownerDocument.visibilityState === "visible");
  }

  observe(): void {
    this.intersections.observe(this.element);
    this.sizes.observe(this.element);
    for (const name of ELEMENT_EVENTS) this.element.addEventListener(name, this.changed);
    this.element.ownerDocument.addEventListener("visibilitychange", this.changed);
  }

  stopObserving(): void {
    this.intersections.disconnect();
    this.sizes.disconnect();
    for (const name of ELEMENT_EVENTS) this.element.removeEventListener(name, this.changed);
    this.element.ownerDocument.removeEventListener("visibilitychange", this.changed);
  }

  private readonly changed = (): void => {
    this.visibilityChangedAt = Date.now();
    this.handleVisibilityChanged?.();
  };
}

const ELEMENT_EVENTS = ["play", "pause", "enterpictureinpicture", "leavepictureinpicture"] as const;

/** For a video that nobody sees: nothing of it is sent. */
export function offstage(): ElementInfo {
  return {
    element: {},
    width: () => 0,
    height: () => 0,
    visible: false,
    pictureInPicture: false,
    visibilityChangedAt: undefined,
    observe: () => undefined,
    stopObserving: () => undefined,
  };
}
