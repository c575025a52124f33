// @vitest-environment happy-dom
import { EventEmitter } from "node:events";
import { ConnectionQuality, type Room, RoomEvent } from "livekit-client";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { codecOf, LiveKitRooms } from "./livekit";
import type { PublishRoom, RoomEvents } from "./room";

/** A track that counts who listens to it. */
class CountedTrack {
  readonly id = crypto.randomUUID();
  readonly listeners: string[] = [];
  readyState = "live";
  enabled = true;
  muted = false;

  constructor(readonly kind: "audio" | "video") {}

  addEventListener(name: string): void {
    this.listeners.push(name);
  }

  removeEventListener(name: string): void {
    const index = this.listeners.indexOf(name);
    if (index !== -1) this.listeners.splice(index, 1);
  }

  getConstraints(): MediaTrackConstraints {
    return {};
  }

  getSettings(): MediaTrackSettings {
    return this.kind === "video" ? { width: 1280, height: 720 } : {};
  }

  stop(): void {
    this.readyState = "ended";
  }
}

/** As much of LiveKit's Room as is used. */
class FakeLiveKit extends EventEmitter {
  readonly engine = new EventEmitter();
  readonly remoteParticipants = new Map<string, unknown>();
  readonly published: { local: { source: string; isMuted: boolean }; options: Record<string, unknown> }[] = [];
  readonly connected: unknown[][] = [];
  readonly disconnected: boolean[] = [];
  readonly localParticipant = {
    identity: "broadcaster-me",
    publishTrack: (local: FakeLiveKit["published"][0]["local"], options: Record<string, unknown>) => {
      this.published.push({ local, options });
      return Promise.resolve({ trackSid: `TR_${local.source}` });
    },
    unpublishTrack: (local: { source: string }) => {
      this.emit(RoomEvent.LocalTrackUnpublished, { trackSid: `TR_${local.source}` });
      return Promise.resolve(undefined);
    },
  };

  connect(...how: unknown[]): Promise<void> {
    this.connected.push(how);
    return Promise.resolve();
  }

  disconnect(stopTracks: boolean): Promise<void> {
    this.disconnected.push(stopTracks);
    this.emit(RoomEvent.Disconnected);
    return Promise.resolve();
  }

  get listeners_(): number {
    const count = (emitter: EventEmitter): number =>
      emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
    return count(this) + count(this.engine);
  }
}

let kits: FakeLiveKit[];
let rooms: LiveKitRooms;
let tracks: CountedTrack[];
const told: string[] = [];
const events: RoomEvents = {
  resuming: () => told.push("resuming"),
  resumed: () => told.push("resumed"),
  closed: () => told.push("closed"),
  joined: (identity) => told.push(`joined ${identity}`),
  quality: (quality) => told.push(`quality ${quality}`),
  confirmed: (device, muted) => told.push(`confirmed ${device} ${muted}`),
  switched: (device, muted) => told.push(`switched ${device} ${muted}`),
  unpublished: (device) => told.push(`unpublished ${device}`),
};

beforeEach(() => {
  told.length = 0;
  kits = [];
  tracks = [];
  vi.stubGlobal("RTCRtpSender", { getCapabilities: () => ({ codecs: [{ mimeType: "video/H264" }] }) });
  vi.stubGlobal("MediaStream", vi.fn());
  rooms = new LiveKitRooms(() => {
    const kit = new FakeLiveKit();
    kits.push(kit);
    return kit as unknown as Room;
  });
});

const kit = (): FakeLiveKit => kits.at(-1) ?? new FakeLiveKit();

function track(kind: "audio" | "video"): MediaStreamTrack {
  const made = new CountedTrack(kind);
  tracks.push(made);
  return made as unknown as MediaStreamTrack;
}

const layers = [
  { height: 360, bitrate: 400_000, framesPerSecond: 20 },
  { height: 720, bitrate: 1_700_000, framesPerSecond: 30 },
];

async function connected(): Promise<PublishRoom> {
  const room = rooms.make(events);
  await room.connect("ws://media", "token");
  return room;
}

describe("a room of LiveKit's", () => {
  it("is entered once by each token, and watches nobody", async () => {
    await connected();
    expect(kit().connected).toEqual([["ws://media", "token", expect.objectContaining({ autoSubscribe: false, maxRetries: 0 })]]);
  });

  it("sends a camera in its sizes as H.264, and as nothing else beside it", async () => {
    const room = await connected();
    await room.publish("camera", track("video"), { muted: false, layers });
    expect(kit().published[0]?.options).toMatchObject({
      source: "camera",
      videoCodec: "h264",
      backupCodec: false,
      simulcast: true,
      videoEncoding: { maxBitrate: 1_700_000, maxFramerate: 30 },
    });
  });

  it("sends a screen as a screen", async () => {
    const room = await connected();
    await room.publish("screen", track("video"), { muted: false, layers: layers.slice(1) });
    expect(kit().published[0]?.options).toMatchObject({
      source: "screen_share",
      screenShareEncoding: { maxBitrate: 1_700_000 },
    });
    expect(tracks[0]).toMatchObject({ contentHint: "detail" });
  });

  it("publishes muted what is muted", async () => {
    const room = await connected();
    await room.publish("microphone", track("audio"), { muted: true, layers: [] });
    expect(kit().published[0]?.local.isMuted).toBe(true);
    expect(tracks[0]?.enabled).toBe(false);
  });

  it("tells a mute as confirmed only when the server says how our own track is", async () => {
    const room = await connected();
    const publication = await room.publish("microphone", track("audio"), { muted: false, layers: [] });
    await publication.mute(true);
    expect(told).toEqual([]);
    const tracksOf = [{ sid: "TR_microphone", muted: true }];
    kit().engine.emit("participantUpdate", [{ identity: "guest", tracks: tracksOf }]);
    expect(told).toEqual([]);
    kit().engine.emit("participantUpdate", [{ identity: "broadcaster-me", tracks: tracksOf }]);
    expect(told).toEqual(["confirmed microphone true"]);
  });

  it("leaves rather than come in again by the same token", async () => {
    await connected();
    kit().engine.emit("restarting");
    expect(told).toEqual(["closed"]);
    expect(kit().disconnected).toEqual([false]);
  });

  it("tells what happens to it", async () => {
    const room = await connected();
    await room.publish("camera", track("video"), { muted: false, layers });
    kit().emit(RoomEvent.SignalReconnecting);
    kit().emit(RoomEvent.Reconnected);
    kit().emit(RoomEvent.ParticipantConnected, { identity: "broadcaster-other" });
    kit().emit(RoomEvent.ConnectionQualityChanged, ConnectionQuality.Poor, { isLocal: false });
    kit().emit(RoomEvent.ConnectionQualityChanged, ConnectionQuality.Good, { isLocal: true });
    kit().emit(RoomEvent.TrackMuted, { trackSid: "TR_camera" });
    kit().emit(RoomEvent.Disconnected);
    kit().emit(RoomEvent.Disconnected);
    expect(told).toEqual(["resuming", "resumed", "joined broadcaster-other", "quality good", "switched camera true", "closed"]);
  });
});

it("tells what the server took off the stage, and not what we did", async () => {
  const room = await connected();
  const screen = await room.publish("screen", track("video"), { muted: false, layers: layers.slice(1) });
  await room.publish("camera", track("video"), { muted: false, layers });
  await screen.end();
  expect(told).toEqual([]);
  kit().emit(RoomEvent.LocalTrackUnpublished, { trackSid: "TR_camera" });
  expect(told).toEqual(["unpublished camera"]);
});

describe("letting go", () => {
  it("leaves no listener at room, engine or track, however often it reconnected, and stops every track", async () => {
    const camera = track("video");
    const microphone = track("audio");
    for (let i = 0; i < 3; i += 1) {
      const room = await connected();
      expect(kit().listeners_).toBeGreaterThan(0);
      await room.publish("camera", camera, { muted: false, layers });
      await room.publish("microphone", microphone, { muted: false, layers: [] });
      await room.close();
      expect(kit().listeners_).toBe(0);
      // The devices are not the room's to stop.
      expect(kit().disconnected).toEqual([false]);
      expect(tracks.map((each) => each.readyState)).toEqual(["live", "live"]);
      expect(Math.max(...tracks.map((each) => each.listeners.length))).toBeLessThan(4);
    }
    expect(told).toEqual([]);
    rooms.release();
    expect(tracks.map((each) => each.listeners)).toEqual([[], []]);
    expect(tracks.map((each) => each.readyState)).toEqual(["ended", "ended"]);
  });
});

it("takes VP8 where there is no encoder for H.264, and in Firefox", () => {
  const both = { codecs: [{ mimeType: "video/VP8" }, { mimeType: "video/H264" }], headerExtensions: [] } as unknown as RTCRtpCapabilities;
  const chrome = { userAgent: "Mozilla/5.0 AppleWebKit/537.36 Chrome/156.0 Safari/537.36" };
  expect(codecOf(chrome, both)).toBe("h264");
  expect(codecOf(chrome, { ...both, codecs: both.codecs.slice(0, 1) })).toBe("vp8");
  expect(codecOf(chrome, null)).toBe("vp8");
  expect(codecOf({ userAgent: "Mozilla/5.0 Gecko/20100101 Firefox/160.0" }, both)).toBe("vp8");
});
