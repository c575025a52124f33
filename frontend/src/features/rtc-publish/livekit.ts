import {
  AudioPresets,
  type AudioSenderStats,
  ConnectionQuality,
  LocalAudioTrack,
  type LocalTrack,
  LocalVideoTrack,
  LogLevel,
  Room,
  type RoomOptions,
  RoomEvent,
  ScreenSharePresets,
  setLogLevel,
  Track,
  type TrackPublication,
  type TrackPublishOptions,
  type VideoCodec,
  VideoPreset,
  type VideoSenderStats,
} from "livekit-client";
import type { DeviceKind } from "../ingest/capture";
import { type Layer, SOUND_BPS } from "./plan";
import type { LayerCount, Publication, Publishing, PublishRoom, Quality, RoomEvents, RoomMaker } from "./room";

const CONNECT_MS = 8_000;
/** A resume that takes longer is given up: a new seat is had sooner than a server notices that the old one is empty. */
const RESUME_MS = 12_000;
const RESUME_PAUSES_MS = [0, 300, 800, 1_500, 2_000];

const SOURCES: Readonly<Record<DeviceKind, Track.Source>> = {
  camera: Track.Source.Camera,
  microphone: Track.Source.Microphone,
  screen: Track.Source.ScreenShare,
};

const QUALITIES: Readonly<Partial<Record<ConnectionQuality, Quality>>> = {
  [ConnectionQuality.Excellent]: "excellent",
  [ConnectionQuality.Good]: "good",
  [ConnectionQuality.Poor]: "poor",
  [ConnectionQuality.Lost]: "lost",
};

const OPTIONS: RoomOptions = {
  dynacast: true,
  // The devices are Capture's to stop.
  stopLocalTrackOnUnpublish: false,
  // The page asks before it is left; who then stays must still be sending. The island leaves when the page goes.
  disconnectOnPageLeave: false,
  reconnectPolicy: {
    nextRetryDelayInMs: ({ retryCount, elapsedMs }) =>
      elapsedMs > RESUME_MS ? null : (RESUME_PAUSES_MS[retryCount] ?? 2_000) * (0.75 + Math.random() / 2),
  },
};

type Local = LocalAudioTrack | LocalVideoTrack;

/** Rooms of LiveKit's, one after the other, for the same devices. */
export class LiveKitRooms implements RoomMaker {
  private readonly locals = new Locals();

  constructor(private readonly makeRoom: (options: RoomOptions) => Room = (options) => new Room(options)) {
    // The studio itself says in words what it meets; a line that comes and goes is no error of the page.
    setLogLevel(LogLevel.silent);
  }

  make(events: RoomEvents): PublishRoom {
    return new LiveKitRoom(this.makeRoom(OPTIONS), events, this.locals);
  }

  release(): void {
    this.locals.release();
  }
}

/**
 * LiveKit's own objects around our tracks, kept from one connection to the next: each listens to its track, and only
 * stopping it ends that.
 */
class Locals {
  private readonly kept = new Map<DeviceKind, Local>();

  around(device: DeviceKind, track: MediaStreamTrack): Local {
    const kept = this.kept.get(device);
    if (kept?.mediaStreamTrack === track) return kept;
    this.forget(device);
    const local =
      device === "microphone"
        ? new LocalAudioTrack(track, undefined, true)
        : new LocalVideoTrack(track, undefined, true);
    local.source = SOURCES[device];
    this.kept.set(device, local);
    return local;
  }

  /** Stops the track as well: only for one that has ended, or is to end. */
  forget(device: DeviceKind): void {
    this.kept.get(device)?.stop();
    this.kept.delete(device);
  }

  release(): void {
    for (const device of [...this.kept.keys()]) this.forget(device);
  }
}

class LiveKitRoom implements PublishRoom {
  private readonly devices = new Map<string, DeviceKind>();
  private stopListening: (() => void)[] = [];

  constructor(
    private readonly room: Room,
    private readonly events: RoomEvents,
    private readonly locals: Locals,
  ) {}

  get others(): readonly string[] {
    return [...this.room.remoteParticipants.keys()];
  }

  async connect(url: string, token: string): Promise<void> {
    this.listen();
    // The door lets a token in once, so a second attempt with it is of no use. A studio watches nobody.
    const patience = { maxRetries: 0, websocketTimeout: CONNECT_MS, peerConnectionTimeout: CONNECT_MS };
    await this.room.connect(url, token, { autoSubscribe: false, ...patience });
    this.listenToEngine();
  }

  async publish(device: DeviceKind, track: MediaStreamTrack, how: Publishing): Promise<Publication> {
    const local = this.locals.around(device, track);
    await (how.muted ? local.mute() : local.unmute());
    // Letters must stay sharp; that films are shared is rarer.
    if (device === "screen") track.contentHint = "detail";
    // Both kinds are LocalTracks; the library's types do not say so under exactOptionalPropertyTypes.
    const published = local as LocalTrack;
    const { trackSid } = await this.room.localParticipant.publishTrack(published, optionsFor(device, how.layers));
    this.devices.set(trackSid, device);
    return {
      replace: (next) => local.replaceTrack(next, true).then(() => undefined),
      mute: (muted) => (muted ? local.mute() : local.unmute()).then(() => undefined),
      limit: (most) => limit(local, most),
      counts: () => countsOf(local),
      end: async () => {
        this.devices.delete(trackSid);
        await this.room.localParticipant.unpublishTrack(published, false);
        this.locals.forget(device);
      },
    };
  }

  async close(): Promise<void> {
    this.deafen();
    await this.room.disconnect(false);
  }

  private listen(): void {
    const { room, events } = this;
    const on: typeof room.on = (name, act) => {
      this.stopListening.push(() => room.off(name, act));
      return room.on(name, act);
    };
    on(RoomEvent.SignalReconnecting, () => events.resuming());
    on(RoomEvent.Reconnecting, () => events.resuming());
    on(RoomEvent.Reconnected, () => events.resumed());
    on(RoomEvent.Disconnected, () => this.over());
    on(RoomEvent.ParticipantConnected, ({ identity }) => events.joined(identity));
    on(RoomEvent.TrackMuted, (publication) => this.onSwitched(publication, true));
    on(RoomEvent.TrackUnmuted, (publication) => this.onSwitched(publication, false));
    on(RoomEvent.LocalTrackUnpublished, ({ trackSid }) => {
      const device = this.devices.get(trackSid);
      if (this.devices.delete(trackSid) && device !== undefined) events.unpublished(device);
    });
    on(RoomEvent.ConnectionQualityChanged, (quality, who) => {
      const told = QUALITIES[quality];
      if (who.isLocal && told !== undefined) events.quality(told);
    });
  }

  private listenToEngine(): void {
    const { engine, localParticipant } = this.room;
    // A mute is confirmed when the server tells everybody, ourselves too, how our tracks now are. The room keeps that to
    // itself and tells only what we asked for, so it is heard where it comes in.
    const onUpdate: Parameters<typeof engine.on<"participantUpdate">>[1] = (people) => {
      for (const { tracks } of people.filter(({ identity }) => identity === localParticipant.identity)) {
        for (const { sid, muted } of tracks) {
          const device = this.devices.get(sid);
          if (device !== undefined) this.events.confirmed(device, muted);
        }
      }
    };
    // When it cannot resume, the engine would come in again by the same token, which the door has let in already.
    const onRestart = (): void => {
      void this.room.disconnect(false);
      this.over();
    };
    engine.on("participantUpdate", onUpdate);
    engine.on("restarting", onRestart);
    this.stopListening.push(() => engine.off("participantUpdate", onUpdate).off("restarting", onRestart));
  }

  private onSwitched(publication: TrackPublication, muted: boolean): void {
    const device = this.devices.get(publication.trackSid);
    if (device !== undefined) this.events.switched(device, muted);
  }

  private over(): void {
    if (this.deafen()) this.events.closed();
  }

  /** False when nothing was listened to any more. */
  private deafen(): boolean {
    const wasListening = this.stopListening.length > 0;
    for (const stop of this.stopListening) stop();
    this.stopListening = [];
    return wasListening;
  }
}

/**
 * H.264, since encoders such as OBS send it too, so every viewer must be able to show it anyway; phones and laptops
 * encode and decode it in hardware; in software it took a quarter less of a core than VP8 (OpenH264 against libvpx, three
 * sizes from 720 lines); and what is bridged to HLS is H.264 in the end. VP8 where the browser has no encoder for it, and
 * in Firefox, whose H.264 is a download that may not have happened and that sends one size only.
 *
 * No second codec beside it: it would go on showing the old camera after a swap.
 */
export function codecOf(browser: Pick<Navigator, "userAgent">, capabilities: RTCRtpCapabilities | null): VideoCodec {
  if (browser.userAgent.includes("Firefox/")) return "vp8";
  return capabilities?.codecs.some(({ mimeType }) => mimeType.toLowerCase() === "video/h264") ? "h264" : "vp8";
}

function optionsFor(device: DeviceKind, layers: readonly Layer[]): TrackPublishOptions {
  const source = SOURCES[device];
  const top = layers.at(-1);
  if (device === "microphone" || top === undefined) {
    // Without gaps in silence: people also play music.
    return { source, audioPreset: { ...AudioPresets.musicHighQuality, maxBitrate: SOUND_BPS }, dtx: false, red: true };
  }
  const videoCodec = codecOf(navigator, RTCRtpSender.getCapabilities("video"));
  const best = { maxBitrate: top.bitrate, maxFramerate: top.framesPerSecond };
  const common = { source, videoCodec, backupCodec: false, simulcast: true } as const;
  if (device === "screen") {
    const preset = { ...ScreenSharePresets.h1080fps15.encoding, ...best };
    return { ...common, screenShareEncoding: preset };
  }
  return { ...common, videoEncoding: best, videoSimulcastLayers: layers.slice(0, -1).map(presetOf) };
}

function presetOf({ height, bitrate, framesPerSecond }: Layer): VideoPreset {
  return new VideoPreset(Math.round((height * 16) / 9), height, bitrate, framesPerSecond);
}

/** What each encoding was given at first, by its sender; a limit scales it and taking the limit away restores it. */
const planned = new WeakMap<RTCRtpSender, readonly (number | undefined)[]>();

async function limit(local: Local, most: number | null): Promise<void> {
  const { sender } = local;
  if (sender === undefined) return;
  const parameters = sender.getParameters();
  const first = planned.get(sender) ?? parameters.encodings.map(({ maxBitrate }) => maxBitrate);
  planned.set(sender, first);
  const total = first.reduce<number>((sum, bitrate) => sum + (bitrate ?? 0), 0);
  const share = most === null || total === 0 ? 1 : Math.min(1, most / total);
  parameters.encodings.forEach((encoding, index) => {
    const bitrate = first[index];
    if (bitrate !== undefined) encoding.maxBitrate = Math.round(bitrate * share);
  });
  await sender.setParameters(parameters);
}

async function countsOf(local: Local): Promise<readonly LayerCount[]> {
  if (local instanceof LocalAudioTrack) {
    const sound = await local.getSenderStats();
    if (sound === undefined) return [];
    return [{ ...countOf(sound), height: 0, wanted: true, framesPerSecond: 0, limitedBy: null }];
  }
  const encodings = local.sender?.getParameters().encodings ?? [];
  const stats = await local.getSenderStats();
  // `track.dimensions` may be those of a phone held upright, whose lines are its shorter side.
  return stats
    .map((layer) => ({
      ...countOf(layer),
      // Browsers leave out what has not been encoded yet.
      height: Math.min(layer.frameHeight || 0, layer.frameWidth || 0),
      wanted: encodings.find(({ rid }) => (rid ?? layer.rid) === layer.rid)?.active !== false,
      framesPerSecond: layer.framesPerSecond || 0,
      limitedBy: limitOf(layer.qualityLimitationReason),
    }))
    .sort((a, b) => a.height - b.height);
}

function countOf(sent: AudioSenderStats | VideoSenderStats): Pick<LayerCount, "bytes" | "packets" | "packetsLost" | "roundTripMs"> {
  return {
    bytes: sent.bytesSent ?? 0,
    packets: sent.packetsSent ?? 0,
    packetsLost: Math.max(0, sent.packetsLost ?? 0),
    roundTripMs: sent.roundTripTime === undefined ? null : sent.roundTripTime * 1000,
  };
}

function limitOf(reason: string | undefined): LayerCount["limitedBy"] {
  return reason === "bandwidth" || reason === "cpu" ? reason : null;
}
