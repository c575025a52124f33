import { signal } from "@preact/signals-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../../api/client";
import { Capture } from "../ingest/capture";
import { compose, FakeDevices, type FakeTrack } from "../ingest/fakes";
import { PassRefused } from "../ingest/pass";
import { MediaAway, type RoomPass } from "../sending/pass";
import { FakeRooms, layer } from "./fakes";
import { RoomSession } from "./session";

let devices: FakeDevices;
let capture: Capture;
let rooms: FakeRooms;
let session: RoomSession;
let memory: { identity: string | null };
let asked: (string | null)[];
let answer: () => Promise<RoomPass>;
const isLive = signal(true);
const isAway = signal(false);

const pass = (): RoomPass => ({
  url: "ws://media",
  token: `token-${asked.length}`,
  identity: `broadcaster-${asked.length}`,
  heightMost: 1080,
  bitrateMost: 4_500_000,
});

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  devices = new FakeDevices();
  capture = new Capture(devices.source, { cameraId: "", microphoneId: "" }, compose);
  rooms = new FakeRooms();
  memory = { identity: null };
  asked = [];
  answer = () => Promise.resolve(pass());
  isLive.value = true;
  isAway.value = false;
  session = make();
});

afterEach(() => {
  session.stop();
  vi.useRealTimers();
});

function make(): RoomSession {
  return new RoomSession({
    capture,
    rooms,
    pass: (leaving) => {
      asked.push(leaving);
      return answer();
    },
    isLive,
    isAway,
    uploadBps: 20_000_000,
    memory,
    random: () => 1,
  });
}

const wait = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const view = (): RoomSession["view"]["value"] => session.view.value;
const device = (track: unknown): string => (track as FakeTrack).device;

async function goLive(): Promise<void> {
  session.start();
  await wait(0);
}

describe("sending", () => {
  it("publishes the microphone and the camera, the camera in three sizes", async () => {
    await goLive();
    expect(view()).toMatchObject({ phase: "sending", onAir: true, problem: null, lostAt: null });
    expect(rooms.last.published.map((each) => each.device)).toEqual(["camera", "microphone"]);
    expect(rooms.last.of("microphone")?.how.layers).toEqual([]);
    // The fake camera has 720 lines.
    expect(rooms.last.of("camera")?.how.layers.map((each) => each.height)).toEqual([180, 360, 720]);
  });

  it("asks the camera for what the line bears", async () => {
    const open = vi.spyOn(devices, "getUserMedia");
    await goLive();
    expect(open.mock.calls[0]?.[0].video).toMatchObject({ height: { ideal: 1080 } });
  });

  it("is on the air when the room says so, not before", async () => {
    isLive.value = false;
    await goLive();
    expect(view()).toMatchObject({ phase: "sending", onAir: false });
    isLive.value = true;
    expect(view().onAir).toBe(true);
  });

  it("asks for another pass when the question about the camera stayed open for long", async () => {
    let allow = (): void => undefined;
    devices.question = new Promise((resolve) => (allow = resolve));
    await goLive();
    await wait(60_000);
    allow();
    await wait(0);
    expect(asked).toEqual([null, "broadcaster-1"]);
    expect(rooms.last.token).toBe("token-2");
  });
});

describe("switches", () => {
  it("say that they are pending until the server confirms", async () => {
    await goLive();
    capture.mute(true);
    expect(view().unconfirmed).toEqual(["microphone"]);
    expect(rooms.last.of("microphone")?.mutes).toEqual([true]);
    rooms.last.events.confirmed("microphone", false);
    expect(view().unconfirmed).toEqual(["microphone"]);
    rooms.last.events.confirmed("microphone", true);
    expect(view().unconfirmed).toEqual([]);
  });

  it("tell when the server does not confirm, until it does", async () => {
    await goLive();
    capture.turnCameraOff(true);
    await wait(4_000);
    expect(view().problem).toEqual({ code: "unconfirmed", device: "camera", muted: true });
    rooms.last.events.confirmed("camera", true);
    expect(view().problem).toBeNull();
  });

  it("follow what somebody else turned", async () => {
    await goLive();
    rooms.last.events.switched("microphone", true);
    expect(capture.view.value.muted).toBe(true);
    expect(view().unconfirmed).toEqual([]);
  });
});

describe("devices", () => {
  it("are swapped in place, without a new publication", async () => {
    await goLive();
    await capture.useCamera("cam-2");
    await wait(0);
    expect(rooms.last.published).toHaveLength(2);
    expect(rooms.last.of("camera")?.replaced.map(device)).toEqual(["cam-2"]);
    expect(rooms.made).toHaveLength(1);
  });

  it("that go away leave the other one on, and come back by themselves", async () => {
    await goLive();
    devices.refuse = { video: "NotFoundError" };
    devices.opened.find((track) => track.kind === "video")?.vanish();
    await wait(0);
    expect(view()).toMatchObject({ phase: "sending", problem: { code: "device" } });
    expect(rooms.made).toHaveLength(1);
    devices.refuse = {};
    session.nudge();
    await wait(0);
    expect(view().problem).toBeNull();
    expect(rooms.last.of("camera")?.replaced).toHaveLength(1);
  });

  it("that are missing are looked for without using passes up", async () => {
    devices.refuse = { video: "NotFoundError" };
    await goLive();
    await wait(20_000);
    expect(view()).toMatchObject({ phase: "opening", problem: { code: "device" } });
    expect(asked).toHaveLength(1);
    devices.refuse = {};
    session.nudge();
    await wait(0);
    expect(view()).toMatchObject({ phase: "sending", problem: null });
    expect(rooms.last.token).toBe("token-1");
  });

  it("that went away are forgotten once another is chosen", async () => {
    await goLive();
    devices.refuse = { video: "NotFoundError" };
    devices.opened.find((track) => track.kind === "video")?.vanish();
    await wait(0);
    devices.refuse = {};
    await capture.useCamera("cam-2");
    await wait(0);
    expect(rooms.last.of("camera")?.replaced.map(device)).toEqual(["cam-2"]);
    expect(view().problem).toBeNull();
  });

  it("that are forbidden stop it, and are asked for again only by a person", async () => {
    devices.refuse = { video: "NotAllowedError" };
    await goLive();
    expect(view()).toMatchObject({ phase: "blocked", problem: { code: "device" } });
    await wait(60_000);
    expect(asked).toHaveLength(1);
  });
});

describe("the screen", () => {
  it("is a publication of its own; the camera stays and gives way in the cap for both", async () => {
    await goLive();
    await capture.shareScreen();
    await wait(0);
    expect(rooms.last.published.map((each) => each.device)).toEqual(["camera", "microphone", "screen"]);
    const [screen] = rooms.last.of("screen")?.how.layers ?? [];
    const camera = rooms.last.of("camera")?.limits.at(-1) ?? 0;
    expect((screen?.bitrate ?? 0) * 1.25 + camera).toBeLessThanOrEqual(4_500_000);
    expect(camera).toBeGreaterThan(500_000);
  });

  it("goes by itself when the browser's own bar stops it, and the camera has its bits back", async () => {
    await goLive();
    await capture.shareScreen();
    await wait(0);
    const screen = rooms.last.of("screen");
    devices.opened.find((track) => track.device === "screen")?.vanish();
    await wait(0);
    expect(screen?.ended).toBe(true);
    expect(rooms.last.of("camera")?.limits.at(-1)).toBeNull();
    expect(view()).toMatchObject({ phase: "sending", problem: null });
  });

  it("that the server does not take is given up with a word, and the camera goes on", async () => {
    await goLive();
    rooms.refuses.add("screen");
    await capture.shareScreen();
    await wait(0);
    expect(view()).toMatchObject({ phase: "sending", problem: { code: "unpublished", device: "screen" } });
    expect(capture.view.value.sharingScreen).toBe(false);
    expect(devices.openTracks).toHaveLength(2);
    rooms.refuses.clear();
    await capture.shareScreen();
    await wait(0);
    expect(view().problem).toBeNull();
  });
});

describe("coming back", () => {
  it("says nothing of a line that is mended at once", async () => {
    await goLive();
    rooms.last.events.resuming();
    await wait(1_000);
    rooms.last.events.resumed();
    await wait(5_000);
    expect(view()).toMatchObject({ phase: "sending", lostAt: null, problem: null });
    expect(rooms.made).toHaveLength(1);
  });

  it("counts from when the line broke", async () => {
    await goLive();
    const broke = Date.now();
    rooms.last.events.resuming();
    await wait(2_000);
    expect(view()).toMatchObject({ phase: "reconnecting", lostAt: broke, problem: { code: "line_cut" }, onAir: false });
    rooms.last.events.resumed();
    expect(view()).toMatchObject({ phase: "sending", lostAt: null, onAir: true });
  });

  it("takes a new seat and leaves the old one, with switches and screen as they were", async () => {
    await goLive();
    capture.mute(true);
    await capture.shareScreen();
    await wait(6_000);
    const [first] = rooms.made;
    first?.events.closed();
    await wait(0);
    expect(asked).toEqual([null, "broadcaster-1"]);
    expect(first?.closed).toBe(true);
    expect(rooms.made.map((room) => room.token)).toEqual(["token-1", "token-2"]);
    expect(rooms.last.published.map((each) => each.device)).toEqual(["camera", "microphone", "screen"]);
    expect(rooms.last.of("microphone")?.how.muted).toBe(true);
    expect(rooms.last.of("camera")?.track).toBe(first?.of("camera")?.track);
    expect(devices.opened).toHaveLength(3);
    expect(view()).toMatchObject({ phase: "sending", problem: null });
  });

  it("never uses a token twice, also when the server does not let it in", async () => {
    rooms.letsIn = false;
    await goLive();
    await wait(5_000);
    const tokens = rooms.made.map((room) => room.token);
    expect(tokens.length).toBeGreaterThan(2);
    expect(new Set(tokens).size).toBe(tokens.length);
    expect(asked.slice(1)).toEqual(tokens.slice(0, -1).map((_, index) => `broadcaster-${index + 1}`));
    expect(view()).toMatchObject({ phase: "opening", problem: { code: "media_refused" } });
  });

  it("leaves who this tab was before it was loaded again", async () => {
    memory.identity = "broadcaster-before";
    session = make();
    await goLive();
    expect(asked).toEqual(["broadcaster-before"]);
    expect(memory.identity).toBe("broadcaster-1");
  });

  it("waits for a media server that is away, and counts the time from its return", async () => {
    await goLive();
    await wait(6_000);
    answer = () => Promise.reject(new MediaAway());
    rooms.last.events.closed();
    await wait(20_000);
    expect(view()).toMatchObject({ phase: "reconnecting", problem: { code: "media_away" } });
    isAway.value = true;
    answer = () => Promise.resolve(pass());
    rooms.letsIn = false;
    const returned = Date.now();
    isAway.value = false;
    await wait(0);
    expect(view().lostAt).toBe(returned);
    rooms.letsIn = true;
    await wait(5_000);
    expect(view()).toMatchObject({ phase: "sending", lostAt: null });
  });

  it("asks a media server that is away so seldom that a pass is left when it is back", async () => {
    await goLive();
    await wait(6_000);
    isAway.value = true;
    answer = () => Promise.reject(new MediaAway());
    rooms.last.events.closed();
    await wait(60_000);
    expect(asked.length).toBeLessThan(7);
    answer = () => Promise.resolve(pass());
    isAway.value = false;
    await wait(0);
    expect(view().phase).toBe("sending");
  });

  it("waits as long as the server asks, whoever says that it is a good moment", async () => {
    answer = () => Promise.reject(new ApiError({ code: "rate_limited", status: 429, retryAfter: 30 }));
    await goLive();
    rooms.letsIn = true;
    session.nudge();
    await wait(29_000);
    expect(asked).toHaveLength(1);
    answer = () => Promise.resolve(pass());
    await wait(10_000);
    expect(view().phase).toBe("sending");
  });

  it.each([
    ["ended", { phase: "ended", problem: null }],
    ["signed_out", { phase: "blocked", problem: { code: "signed_out" } }],
    ["refused", { phase: "blocked", problem: { code: "refused" } }],
  ] as const)("asks no more when the server says: %s", async (why, expected) => {
    await goLive();
    await wait(6_000);
    answer = () => Promise.reject(new PassRefused(why));
    rooms.last.events.closed();
    await wait(60_000);
    expect(view()).toMatchObject(expected);
    expect(asked).toHaveLength(2);
  });

  it("offers again what the server took off the stage, and heeds it when it says no", async () => {
    await goLive();
    await wait(6_000);
    rooms.last.events.unpublished("camera");
    await wait(0);
    expect(rooms.last.published.map((each) => each.device)).toEqual(["camera", "microphone", "camera"]);
    rooms.refuses.add("camera");
    answer = () => Promise.reject(new PassRefused("refused"));
    rooms.last.events.unpublished("camera");
    await wait(1_000);
    expect(view()).toMatchObject({ phase: "blocked", problem: { code: "refused" } });
  });

  it("tries again when the server does not take the camera, by a word or by silence", async () => {
    rooms.refuses.add("camera");
    await goLive();
    expect(view()).toMatchObject({ phase: "opening", problem: { code: "unpublished", device: "camera" } });
    rooms.refuses.clear();
    await wait(3_000);
    expect(view()).toMatchObject({ phase: "sending", problem: null });
  });
});

describe("another studio of the same stream", () => {
  it("that comes in is given way to, and nobody comes back by themselves", async () => {
    await goLive();
    rooms.last.events.joined("guest-1");
    expect(view().phase).toBe("sending");
    rooms.last.events.joined("broadcaster-of-another-tab");
    expect(view().phase).toBe("taken");
    expect(rooms.last.closed).toBe(true);
    await wait(60_000);
    expect(asked).toHaveLength(1);
  });

  it("that took over while the line was cut is found there, but one's own shadow is not", async () => {
    await goLive();
    await wait(6_000);
    rooms.others = ["broadcaster-1"];
    rooms.last.events.closed();
    await wait(0);
    expect(view().phase).toBe("sending");
    rooms.others = ["broadcaster-1", "broadcaster-of-another-tab"];
    await wait(6_000);
    rooms.last.events.closed();
    await wait(0);
    expect(view().phase).toBe("taken");
  });

  it.each(["joined", "answered"])("is told of (%s), and taken back by a person, without leaving anybody", async (how) => {
    await goLive();
    await wait(6_000);
    if (how === "joined") {
      rooms.last.events.joined("broadcaster-of-another-tab");
    } else {
      answer = () => Promise.reject(new PassRefused("taken"));
      rooms.last.events.closed();
    }
    await wait(30_000);
    expect(view()).toMatchObject({ phase: "taken", problem: null });
    expect(memory.identity).toBeNull();
    answer = () => Promise.resolve(pass());
    session.start();
    await wait(0);
    expect(asked.at(-1)).toBeNull();
    expect(view()).toMatchObject({ phase: "sending", lostAt: null });
  });

  it("gives way when a person says to send from here", async () => {
    rooms.others = ["broadcaster-of-another-tab"];
    await goLive();
    expect(view().phase).toBe("sending");
  });
});

describe("figures", () => {
  it("tell rates, frames, loss and the way there and back", async () => {
    await goLive();
    const camera = rooms.last.of("camera");
    if (camera === undefined) throw new Error("no camera");
    camera.layers = [layer({ height: 360 }), layer()];
    await wait(2_000);
    camera.layers = [layer({ height: 360, bytes: 250_000, packets: 400, packetsLost: 4 }), layer({ bytes: 250_000, roundTripMs: 45 })];
    rooms.last.events.quality("excellent");
    await wait(2_000);
    expect(view()).toMatchObject({ bitrate: 2_000_000, line: "good", problem: null });
    expect(view().figures).toEqual({
      by: "room",
      quality: "excellent",
      framesPerSecond: 30,
      lost: 0.01,
      roundTripMs: 45,
      watched: true,
      layers: [360, 720],
      screen: null,
    });
  });

  it("are a new connection's own", async () => {
    await goLive();
    rooms.last.events.quality("poor");
    await wait(6_000);
    expect(view().line).toBe("poor");
    rooms.last.events.closed();
    await wait(2_000);
    expect(view()).toMatchObject({ phase: "sending", line: "good", figures: { quality: null } });
  });

  it("tell what holds the picture back once it lasts, not while a connection feels its way up", async () => {
    await goLive();
    const camera = rooms.last.of("camera");
    if (camera === undefined) throw new Error("no camera");
    camera.layers = [layer({ height: 360 }), layer({ framesPerSecond: 0, limitedBy: "bandwidth" })];
    await wait(14_000);
    expect(view()).toMatchObject({ problem: null, lowered: false });
    await wait(4_000);
    expect(view()).toMatchObject({ problem: { code: "limited", by: "bandwidth", height: 360 }, lowered: true });
    camera.layers = [layer({ height: 360 }), layer()];
    await wait(2_000);
    expect(view()).toMatchObject({ problem: null, lowered: false });
  });

  it("tell a camera that gives nothing from one that nobody watches", async () => {
    await goLive();
    const camera = rooms.last.of("camera");
    if (camera === undefined) throw new Error("no camera");
    camera.layers = [layer({ wanted: false, framesPerSecond: 0 })];
    await wait(20_000);
    expect(view().problem).toBeNull();
    camera.layers = [layer({ framesPerSecond: 0 })];
    capture.turnCameraOff(true);
    rooms.last.events.confirmed("camera", true);
    await wait(20_000);
    expect(view().problem).toBeNull();
    capture.turnCameraOff(false);
    rooms.last.events.confirmed("camera", false);
    await wait(20_000);
    expect(view().problem).toEqual({ code: "no_frames" });
  });
});

describe("the end", () => {
  it("lets go of room, timers and what listens", async () => {
    const stopsListening = vi.fn();
    vi.spyOn(capture, "onDevicesChanged").mockReturnValue(stopsListening);
    await goLive();
    capture.turnCameraOff(true);
    session.stop();
    expect(rooms.last.closed).toBe(true);
    expect(rooms.released).toBe(1);
    expect(stopsListening).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
    capture.mute(true);
    expect(rooms.last.of("microphone")?.mutes).toEqual([]);
    session.start();
    await wait(60_000);
    expect(view().phase).toBe("stopped");
    expect(asked).toHaveLength(1);
  });

  it("while it still connects leaves nobody in the room", async () => {
    let give: (given: RoomPass) => void = () => undefined;
    answer = () => new Promise((resolve) => (give = resolve));
    await goLive();
    session.stop();
    give(pass());
    await wait(0);
    expect(rooms.made).toHaveLength(0);
    expect(devices.opened).toHaveLength(0);
  });
});
