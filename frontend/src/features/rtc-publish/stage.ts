import type { Capture, CaptureView, DeviceKind } from "../ingest/capture";
import { type CameraPlan, type Caps, heightOf, planFor, planScreen, SOUND_BPS, totalOf } from "./plan";
import type { Publication, PublishRoom } from "./room";
import type { Sample } from "./stats";

/** A server that hears us says so in a tenth of a second; after this we say that it did not. */
const CONFIRM_MS = 4_000;

const DEVICES: readonly DeviceKind[] = ["camera", "microphone", "screen"];

/** The server took our connection, and not our track: by a word, or by silence. */
export class Unpublished extends Error {
  constructor(
    readonly device: DeviceKind,
    cause: unknown,
  ) {
    super(`the server did not take the ${device}`, { cause });
  }
}

export interface StageEvents {
  /** What is published, or waits for the server's word, has changed. */
  changed(): void;
  confirmed(device: DeviceKind): void;
  /** The server has said nothing of a switch that was turned. */
  unconfirmed(device: DeviceKind, muted: boolean): void;
  /** The screen was not taken, and is not captured any more; everything else goes on. */
  screenRefused(): void;
  /** Nothing but a new room helps. */
  failed(error: unknown): void;
}

interface Sent {
  readonly publication: Publication;
  track: MediaStreamTrack;
  muted: boolean;
}

/**
 * What is published in one room. What is captured is the wish, and `sync` makes what is published follow it: a device, a
 * switch, a shared screen, and everything at once in a new room.
 */
export class Stage {
  private readonly sent = new Map<DeviceKind, Sent>();
  /** Switches that were turned, and how; until the server says that it knows. */
  private readonly asked = new Map<DeviceKind, boolean>();
  /** What the camera may have at most beside a screen; undefined when its sender has not been told. */
  private cameraLimit: number | null | undefined;
  private syncing: Promise<void> = Promise.resolve();
  private confirmation: ReturnType<typeof setTimeout> | undefined;
  private closed = false;

  constructor(
    private readonly room: PublishRoom,
    private readonly capture: Capture,
    private readonly plan: CameraPlan,
    private readonly caps: Caps,
    private readonly events: StageEvents,
  ) {}

  get unconfirmed(): readonly DeviceKind[] {
    return [...this.asked.keys()];
  }

  /** Bits per second that may go out at most. */
  get targetBitrate(): number {
    return this.sent.has("screen") ? this.caps.bitrateMost : totalOf(this.cameraLayers) + SOUND_BPS;
  }

  /** Publish what is captured. Rejects with Unpublished, or with what the room says. */
  sync(): Promise<void> {
    const sync = this.syncing.then(() => this.follow());
    this.syncing = sync.catch(() => undefined);
    return sync;
  }

  /** The same, once everything stands. */
  syncSoon(): void {
    this.sync().catch((error: unknown) => this.fail(error));
  }

  turnSwitches(view: CaptureView): void {
    for (const [device, sent] of this.sent) {
      this.turnSwitch(device, sent, isMuted(view, device)).catch((error: unknown) => this.fail(error));
    }
  }

  onConfirmed(device: DeviceKind, muted: boolean): void {
    if (this.asked.get(device) !== muted) return;
    this.asked.delete(device);
    this.events.confirmed(device);
    this.events.changed();
  }

  /** Not by us: a moderator, or the browser that took the device away for a while. */
  onSwitched(device: DeviceKind, muted: boolean): void {
    const sent = this.sent.get(device);
    if (sent === undefined || sent.muted === muted || sent.track.readyState !== "live") return;
    sent.muted = muted;
    if (device === "microphone") this.capture.mute(muted);
    if (device === "camera") this.capture.turnCameraOff(muted);
  }

  /** The server took something off the stage. What is captured still wishes to be there, so it is offered again. */
  onUnpublished(device: DeviceKind): void {
    this.forget(device);
    this.syncSoon();
  }

  async counts(): Promise<Omit<Sample, "at">> {
    const of = async (device: DeviceKind): Promise<Sample[DeviceKind]> =>
      (await this.sent.get(device)?.publication.counts()) ?? [];
    const [camera, screen, microphone] = await Promise.all([of("camera"), of("screen"), of("microphone")]);
    return { camera, screen, microphone };
  }

  /** The operator's cap is for everything together, so the camera gives way to a shared screen. */
  async share(): Promise<void> {
    const most = this.sent.has("screen") ? planScreen(this.caps).cameraBps : null;
    const camera = this.sent.get("camera");
    if (camera === undefined || most === this.cameraLimit) return;
    this.cameraLimit = most;
    try {
      await camera.publication.limit(most);
    } catch {
      // Somebody else was just setting the encoder; the next time tries again.
      this.cameraLimit = undefined;
    }
  }

  /** Leave the room. What it never answered holds up nothing. */
  close(): void {
    this.closed = true;
    clearTimeout(this.confirmation);
    // Nobody waits for a goodbye that may never be heard.
    void this.room.close().catch(() => undefined);
  }

  private async follow(): Promise<void> {
    for (const device of DEVICES) {
      if (this.closed) return;
      await this.followOne(device);
    }
    await this.share();
    if (!this.closed) this.events.changed();
  }

  private async followOne(device: DeviceKind): Promise<void> {
    const view = this.capture.view.value;
    const track = view.tracks[device];
    const sent = this.sent.get(device);
    if (track === null) {
      this.forget(device);
      await sent?.publication.end();
    } else if (track.readyState !== "live") {
      // A device that went away keeps its place until it, or another one, is back.
    } else if (sent === undefined) {
      await this.publish(device, track, isMuted(view, device));
    } else {
      if (sent.track !== track) {
        await sent.publication.replace(track);
        sent.track = track;
        if (device === "camera") this.cameraLimit = undefined;
      }
      await this.turnSwitch(device, sent, isMuted(this.capture.view.value, device));
    }
  }

  private async publish(device: DeviceKind, track: MediaStreamTrack, muted: boolean): Promise<void> {
    try {
      const publication = await this.room.publish(device, track, { muted, layers: this.layersOf(device) });
      this.sent.set(device, { publication, track, muted });
      if (device === "camera") this.cameraLimit = null;
    } catch (error) {
      if (device !== "screen") throw new Unpublished(device, error);
      if (this.closed) return;
      // The camera goes on; the screen has to be chosen anew.
      this.events.screenRefused();
      void this.capture.stopScreen();
    }
  }

  private layersOf(device: DeviceKind): CameraPlan {
    if (device === "microphone") return [];
    return device === "screen" ? [planScreen(this.caps).screen] : this.cameraLayers;
  }

  private get cameraLayers(): CameraPlan {
    const { width, height } = this.capture.view.peek().tracks.camera?.getSettings() ?? {};
    // Those of a phone held upright are its shorter side too.
    const lines = Math.min(width ?? Infinity, height ?? Infinity);
    return planFor(this.plan, Number.isFinite(lines) ? lines : heightOf(this.plan), this.caps);
  }

  private async turnSwitch(device: DeviceKind, sent: Sent, muted: boolean): Promise<void> {
    if (sent.muted === muted) return;
    sent.muted = muted;
    this.asked.set(device, muted);
    clearTimeout(this.confirmation);
    this.confirmation = setTimeout(() => this.missConfirmation(), CONFIRM_MS);
    this.events.changed();
    await sent.publication.mute(muted);
  }

  private missConfirmation(): void {
    const [first] = this.asked;
    if (first !== undefined) this.events.unconfirmed(...first);
  }

  private fail(error: unknown): void {
    if (!this.closed) this.events.failed(error);
  }

  private forget(device: DeviceKind): void {
    this.sent.delete(device);
    this.asked.delete(device);
  }
}

function isMuted(view: CaptureView, device: DeviceKind): boolean {
  if (device === "microphone") return view.muted;
  return device === "camera" && view.cameraOff;
}
