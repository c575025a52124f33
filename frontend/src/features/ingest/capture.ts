import { signal } from "@preact/signals-core";

/** Why a camera or microphone cannot be used; each has words and a remedy of its own. */
export type DeviceProblem = "denied" | "missing" | "busy" | "insecure" | "unknown";
export type DeviceKind = "camera" | "microphone" | "screen";

export class CaptureError extends Error {
  constructor(
    readonly device: DeviceKind,
    readonly problem: DeviceProblem,
  ) {
    super(`${device} ${problem}`);
  }
}

export type MediaSource = Pick<
  MediaDevices,
  "getUserMedia" | "getDisplayMedia" | "enumerateDevices" | "addEventListener" | "removeEventListener"
>;

export interface Device {
  id: string;
  label: string;
}

export interface DeviceChoice {
  cameraId: string;
  microphoneId: string;
}

/** Each device's own track, for those who send them one by one. */
export type CapturedTracks = Readonly<Record<DeviceKind, MediaStreamTrack | null>>;

const NO_TRACKS: CapturedTracks = { camera: null, microphone: null, screen: null };

/** What a page shows of it. */
export interface CaptureView {
  /** One picture and one sound: the screen's picture while it is shared. */
  stream: MediaStream | null;
  tracks: CapturedTracks;
  muted: boolean;
  cameraOff: boolean;
  sharingScreen: boolean;
  microphoneProblem: DeviceProblem | null;
}

/** What a sender must know at once. */
export interface CaptureFollower {
  /** There is another stream: tracks were opened, swapped or came back. */
  renewed(): void;
  /** A device went away by itself. */
  lost(device: DeviceKind): void;
}

type Compose = (tracks: MediaStreamTrack[]) => MediaStream;

/**
 * The camera, the microphone and the shared screen: opens them, swaps them, and closes every one of them.
 *
 * A recorder cannot follow when tracks of its stream are swapped, so each swap makes a new `stream`. Calls wait for
 * each other; one that finishes after `close` stops what it just opened, or the camera's light would stay on.
 */
export class Capture {
  readonly view = signal<CaptureView>({
    stream: null,
    tracks: NO_TRACKS,
    muted: false,
    cameraOff: false,
    sharingScreen: false,
    microphoneProblem: null,
  });

  private camera: MediaStreamTrack | null = null;
  private microphone: MediaStreamTrack | null = null;
  private screen: MediaStreamTrack | null = null;
  private queue: Promise<unknown> = Promise.resolve();
  private closed = false;
  private height = 720;
  private follower: CaptureFollower | null = null;

  constructor(
    private readonly media: MediaSource | undefined,
    readonly choice: DeviceChoice,
    private readonly compose: Compose = (tracks) => new MediaStream(tracks),
  ) {}

  follow(follower: CaptureFollower): void {
    this.follower = follower;
  }

  get stream(): MediaStream | null {
    return this.view.value.stream;
  }

  get liveMicrophone(): MediaStreamTrack | null {
    return isLive(this.microphone) ? this.microphone : null;
  }

  get pictureSize(): { width: number; height: number } {
    const { width, height } = this.stream?.getVideoTracks()[0]?.getSettings() ?? {};
    return { width: width ?? 1280, height: height ?? 720 };
  }

  /** Ask the camera for so many lines of picture, now and whenever it is opened. One that has fewer gives what it has. */
  sharpen(height: number): Promise<void> {
    return this.inTurn(async () => {
      if (height === this.height) return;
      this.height = height;
      if (this.camera === null || !isLive(this.camera)) return;
      // A camera that refuses goes on as it was.
      await this.camera.applyConstraints(pictureConstraints(height)).catch(() => undefined);
    });
  }

  /** Open what is not open, and give the stream. Without a microphone the picture still goes out. */
  ready(): Promise<MediaStream> {
    return this.inTurn(async () => {
      const opened = await this.openMissing();
      return opened || this.stream === null ? this.renew() : this.stream;
    });
  }

  useCamera(id: string): Promise<void> {
    return this.swap("cameraId", id, () => (this.camera = release(this.camera)));
  }

  useMicrophone(id: string): Promise<void> {
    return this.swap("microphoneId", id, () => (this.microphone = release(this.microphone)));
  }

  /** Show the screen in place of the camera; the camera stays open, so that coming back takes no time. */
  shareScreen(): Promise<void> {
    return this.inTurn(async () => {
      const picked = await this.source("screen")
        .getDisplayMedia({ video: { frameRate: { ideal: 30 } }, audio: false })
        .catch((error: unknown) => Promise.reject(captureError("screen", error)));
      this.screen = this.adopt(picked, "video", "screen");
      this.renew();
    });
  }

  stopScreen(): Promise<void> {
    return this.inTurn(() => {
      this.screen = release(this.screen);
      this.renew();
      return Promise.resolve();
    });
  }

  mute(muted: boolean): void {
    this.show({ muted });
    this.applySwitches();
  }

  /** Viewers see black; the device stays open, so that no seam is made and coming back takes no time. */
  turnCameraOff(off: boolean): void {
    this.show({ cameraOff: off });
    this.applySwitches();
  }

  /** Stop every track: the light goes off, and this object opens nothing any more. */
  close(): void {
    this.closed = true;
    this.camera = release(this.camera);
    this.microphone = release(this.microphone);
    this.screen = release(this.screen);
    this.show({ stream: null, tracks: NO_TRACKS, sharingScreen: false });
  }

  async devices(): Promise<{ cameras: Device[]; microphones: Device[] }> {
    const all = (await this.media?.enumerateDevices()) ?? [];
    // Before permission is given, devices have neither id nor name.
    const named = (kind: MediaDeviceKind): Device[] =>
      all.filter((each) => each.kind === kind && each.deviceId !== "").map(({ deviceId, label }) => ({ id: deviceId, label }));
    return { cameras: named("videoinput"), microphones: named("audioinput") };
  }

  onDevicesChanged(act: () => void): () => void {
    this.media?.addEventListener("devicechange", act);
    return () => this.media?.removeEventListener("devicechange", act);
  }

  private inTurn<Value>(act: () => Promise<Value>): Promise<Value> {
    const turn = this.queue.then(act);
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  /** One device for another; when the new one cannot be had, the old one comes back and the error is the caller's. */
  private swap(which: keyof DeviceChoice, id: string, letGo: () => void): Promise<void> {
    return this.inTurn(async () => {
      const before = this.choice[which];
      this.choice[which] = id;
      this.show({ microphoneProblem: null });
      letGo();
      try {
        await this.openMissing();
      } catch (error) {
        this.choice[which] = before;
        await this.openMissing();
        throw error;
      } finally {
        if (this.camera !== null) this.renew();
      }
    });
  }

  /** True when something was opened. */
  private async openMissing(): Promise<boolean> {
    const wantCamera = !isLive(this.camera);
    const wantMicrophone = !isLive(this.microphone) && this.view.value.microphoneProblem !== "missing";
    if (!wantCamera && !wantMicrophone) return false;
    const source = this.source("camera");
    if (wantCamera && wantMicrophone) {
      // Both at once asks the person once.
      try {
        const both = await source.getUserMedia({
          video: cameraConstraints(this.choice.cameraId, this.height),
          audio: microphoneConstraints(this.choice.microphoneId),
        });
        this.camera = this.adopt(both, "video", "camera");
        this.microphone = this.adopt(both, "audio", "microphone");
        this.show({ microphoneProblem: null });
        return true;
      } catch (error) {
        if (this.closed) throw error;
        // One of the two failed and the error does not say which: ask for each.
      }
    }
    if (wantCamera) this.camera = await this.openOne("camera");
    if (wantMicrophone) {
      try {
        this.microphone = await this.openOne("microphone");
        this.show({ microphoneProblem: null });
      } catch (error) {
        if (!(error instanceof CaptureError)) throw error;
        this.show({ microphoneProblem: error.problem });
      }
    }
    return true;
  }

  /** The chosen device; when it was unplugged since it was chosen, another one. */
  private async openOne(device: "camera" | "microphone"): Promise<MediaStreamTrack | null> {
    const isCamera = device === "camera";
    const ask = (id: string): Promise<MediaStream> =>
      this.source(device).getUserMedia(isCamera ? { video: cameraConstraints(id, this.height) } : { audio: microphoneConstraints(id) });
    const chosen = isCamera ? this.choice.cameraId : this.choice.microphoneId;
    try {
      const opened = await ask(chosen).catch((error: unknown) => {
        if (chosen === "" || captureError(device, error).problem !== "missing") throw error;
        return ask("");
      });
      return this.adopt(opened, isCamera ? "video" : "audio", device);
    } catch (error) {
      throw error instanceof CaptureError ? error : captureError(device, error);
    }
  }

  private source(device: DeviceKind): MediaSource {
    // Browsers hide the devices from pages that came over plain http.
    if (this.media === undefined) throw new CaptureError(device, "insecure");
    return this.media;
  }

  private adopt(stream: MediaStream, kind: "video" | "audio", device: DeviceKind): MediaStreamTrack | null {
    const track = (kind === "video" ? stream.getVideoTracks() : stream.getAudioTracks())[0] ?? null;
    if (this.closed) {
      for (const each of stream.getTracks()) each.stop();
      throw new CaptureError(device, "unknown");
    }
    // `stop()` fires no "ended": this is a device unplugged, a lid closed, a permission taken back.
    track?.addEventListener("ended", () => this.onEnded(device));
    return track;
  }

  private onEnded(device: DeviceKind): void {
    if (this.closed) return;
    if (device === "screen") {
      // "Stop sharing" in the browser's own bar.
      this.screen = null;
      this.renew();
    } else {
      this.follower?.lost(device);
    }
  }

  private renew(): MediaStream {
    const sharingScreen = isLive(this.screen);
    const picture = sharingScreen ? this.screen : this.camera;
    const stream = this.compose([picture, this.microphone].filter((track) => track !== null));
    const tracks = { camera: this.camera, microphone: this.microphone, screen: sharingScreen ? this.screen : null };
    this.show({ stream, tracks, sharingScreen });
    this.applySwitches();
    this.follower?.renewed();
    return stream;
  }

  private applySwitches(): void {
    const { muted, cameraOff } = this.view.value;
    if (this.microphone !== null) this.microphone.enabled = !muted;
    if (this.camera !== null) this.camera.enabled = !cameraOff;
  }

  private show(change: Partial<CaptureView>): void {
    this.view.value = { ...this.view.value, ...change };
  }
}

function isLive(track: MediaStreamTrack | null): boolean {
  return track !== null && track.readyState === "live";
}

function release(track: MediaStreamTrack | null): null {
  track?.stop();
  return null;
}

/** "exact", since with "ideal" a camera that fits our picture size better would be taken instead of the one asked for. */
function cameraConstraints(id: string, height: number): MediaTrackConstraints {
  return { ...(id === "" ? {} : { deviceId: { exact: id } }), ...pictureConstraints(height) };
}

function pictureConstraints(height: number): MediaTrackConstraints {
  return { width: { ideal: Math.round((height * 16) / 9) }, height: { ideal: height }, frameRate: { ideal: 30 } };
}

function microphoneConstraints(id: string): MediaTrackConstraints {
  return { ...(id === "" ? {} : { deviceId: { exact: id } }), echoCancellation: true, noiseSuppression: true };
}

/** https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-getusermedia names the errors. */
export function captureError(device: DeviceKind, error: unknown): CaptureError {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
      return new CaptureError(device, "denied");
    case "NotFoundError":
    case "OverconstrainedError":
      return new CaptureError(device, "missing");
    case "NotReadableError":
    case "AbortError":
      return new CaptureError(device, "busy");
    default:
      return new CaptureError(device, "unknown");
  }
}
