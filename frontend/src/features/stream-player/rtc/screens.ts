import type { ElementInfo, RemoteTrackPublication, RemoteVideoTrack } from "livekit-client";
import type { Screens } from "../engine";
import type { Piece, Scene } from "./scene";
import { offstage, WatchedElement, type Size } from "./watched";

/** A publication on its way to a screen. */
export interface Shot extends Piece {
  readonly publication: RemoteTrackPublication;
}

/** Puts a scene into the page's two video elements, and takes all of it out again. */
export class Projection {
  private readonly picture: Screen;
  private readonly corner: Screen;
  private readonly hidden = new Map<RemoteVideoTrack, ElementInfo>();

  constructor(screens: Screens, chosen: () => Size | null, onMedia: () => void) {
    this.picture = new Screen(screens.picture, chosen, onMedia);
    this.corner = new Screen(screens.corner, () => null, () => void screens.corner.play().catch(() => undefined));
  }

  show({ main, corner, sounds, offstage: unseen }: Scene<Shot>): void {
    this.hide(unseen.flatMap((shot) => videoOf(shot) ?? []));
    this.picture.show(videoOf(main), sounds.flatMap((shot) => shot.publication.track?.mediaStreamTrack ?? []));
    this.corner.show(videoOf(corner), []);
  }

  /** The size of the player or what the viewer wants of it changed. */
  resize(): void {
    this.picture.watched?.handleResize?.();
  }

  /** Lets go of every track. The last frame stays. */
  clear(): void {
    this.hide([]);
    this.picture.clear();
    this.corner.clear();
  }

  /** What is not shown is not sent either; nor is what was not shown until now, unless it is again. */
  private hide(videos: readonly RemoteVideoTrack[]): void {
    for (const [video, info] of this.hidden) {
      if (videos.includes(video)) continue;
      video.stopObservingElementInfo(info);
      this.hidden.delete(video);
    }
    for (const video of videos) {
      if (this.hidden.has(video)) continue;
      const info = offstage();
      this.hidden.set(video, info);
      video.observeElementInfo(info);
    }
  }
}

/**
 * One video element. livekit-client's own `attach` is not for it: that mutes, unmutes and plays the element as it
 * sees fit, and the viewer's choices must outlive every track.
 */
class Screen {
  watched: WatchedElement | null = null;
  private video: RemoteVideoTrack | null = null;

  constructor(
    private readonly element: HTMLVideoElement,
    private readonly chosen: () => Size | null,
    private readonly onMedia: () => void,
  ) {}

  show(video: RemoteVideoTrack | null, sounds: readonly MediaStreamTrack[]): void {
    this.watch(video);
    const wanted = video ? [video.mediaStreamTrack, ...sounds] : sounds;
    // The same stream for as long as the element lives: another one would make it black until the next frame.
    const stream = streamOf(this.element) ?? new MediaStream();
    const had = stream.getTracks();
    for (const track of had) if (!wanted.includes(track)) stream.removeTrack(track);
    for (const track of wanted) if (!had.includes(track)) stream.addTrack(track);
    if (wanted.every((track) => had.includes(track))) return;
    if (this.element.srcObject !== stream) this.element.srcObject = stream;
    this.onMedia();
  }

  clear(): void {
    this.watch(null);
    const stream = streamOf(this.element);
    for (const track of stream?.getTracks() ?? []) stream?.removeTrack(track);
  }

  private watch(video: RemoteVideoTrack | null): void {
    if (video === this.video) return;
    if (this.video && this.watched) this.video.stopObservingElementInfo(this.watched);
    this.video = video;
    this.watched = video ? new WatchedElement(this.element, this.chosen) : null;
    if (video && this.watched) video.observeElementInfo(this.watched);
  }
}

function streamOf(element: HTMLVideoElement): MediaStream | null {
  return element.srcObject instanceof MediaStream ? element.srcObject : null;
}

function videoOf(shot: Shot | null): RemoteVideoTrack | null {
  return (shot?.publication.videoTrack as RemoteVideoTrack | undefined) ?? null;
}
