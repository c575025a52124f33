import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Capture } from "./capture";
import { compose, FakeDevices, FakeNetwork, FakeRecorder } from "./fakes";
import { BitrateLadder } from "./ladder";
import { PassRefused } from "./pass";
import { CloseCode, type IngestPass } from "./protocol";
import type { RelayFigures } from "../sending/sender";
import { IngestSession } from "./session";

const KB = 1024;
let devices: FakeDevices;
let network: FakeNetwork;
let recorder: FakeRecorder;
let capture: Capture;
let session: IngestSession;
let passes: number;
let askPass: () => Promise<IngestPass>;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  devices = new FakeDevices();
  network = new FakeNetwork();
  recorder = new FakeRecorder();
  capture = new Capture(devices.source, { cameraId: "", microphoneId: "" }, compose);
  passes = 0;
  askPass = () => {
    passes += 1;
    return Promise.resolve({
      url: `/ws/ingest/s/?pass=${passes}`,
      maxFrameBytes: 32 * KB,
      ackWindowSeconds: 2,
      bitrates: [2_500_000, 1_000_000, 500_000],
    });
  };
  session = new IngestSession({
    capture,
    pass: () => askPass(),
    connect: network.connect,
    record: recorder.record,
    codec: (_stream, refused) => {
      const ask = ["video/webm;codecs=h264,opus", "video/webm;codecs=vp8,opus"].find((mime) => !refused.includes(mime));
      return Promise.resolve(ask === undefined ? null : { ask, gives: recorder.gives });
    },
    ladder: new BitrateLadder(),
    random: () => 1,
  });
});

afterEach(() => {
  session.stop();
  vi.useRealTimers();
});

const wait = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const view = (): IngestSession["view"]["value"] => session.view.value;

async function goLive(): Promise<void> {
  session.start();
  await wait(0);
  network.last.welcome();
}

/** A line that keeps up: a chunk each quarter of a second, confirmed at once. */
async function send(seconds: number): Promise<void> {
  let total = network.last.frames.reduce((sum, bytes) => sum + bytes, 0);
  for (let i = 0; i < seconds * 4; i += 1) {
    await recorder.last.give(50 * KB);
    total += 50 * KB;
    network.last.say({ type: "ingest:ack", bytes: total });
    await wait(250);
  }
}

describe("sending", () => {
  it("says what it records, waits for ready, and then records", async () => {
    session.start();
    await wait(0);
    expect(view().phase).toBe("opening");
    network.last.events.opened();
    expect(network.last.lastStart).toMatchObject({
      type: "ingest:start",
      mime: "video/x-matroska;codecs=avc1,opus",
      width: 1280,
      height: 720,
      bitrate: 2_500_000,
    });
    expect(recorder.made).toHaveLength(0);
    network.last.ready();
    expect(view().phase).toBe("sending");
    expect(recorder.last.options).toEqual({ mime: "video/webm;codecs=h264,opus", bitrate: 2_500_000 });
    expect(recorder.last.started).toBe(true);
  });

  it("cuts chunks into frames the server takes, in order", async () => {
    await goLive();
    recorder.last.events.chunk(new Blob([new Uint8Array(70 * KB)]));
    await recorder.last.give(10);
    expect(network.last.frames).toEqual([32 * KB, 32 * KB, 6 * KB, 10]);
  });

  it("shows the bitrate that arrives and the server's dropped chunks", async () => {
    await goLive();
    await send(4);
    network.last.say({ type: "ingest:state", state: "live", bitrate_bps: 1, dropped_chunks: 3 });
    expect(view().bitrate).toBeGreaterThan(1_500_000);
    expect(view()).toMatchObject({ onAir: true, figures: { droppedChunks: 3 }, problem: null, lostAt: null });
  });

  it("begins a new run, with a later epoch, when the server asks", async () => {
    await goLive();
    const first = network.last.lastStart.epoch;
    const old = recorder.last;
    network.last.say({ type: "ingest:restart", reason: "transcoder_died" });
    expect(old.stopped).toBe(true);
    expect(network.last.lastStart.epoch).toBeGreaterThan(first);
    network.last.ready();
    expect(recorder.made).toHaveLength(2);
    expect(network.sockets).toHaveLength(1);
  });

  it("does not count acks of the run before for the new one", async () => {
    await goLive();
    network.last.say({ type: "ingest:restart", reason: "x" });
    network.last.say({ type: "ingest:ack", bytes: 900 * KB });
    network.last.ready();
    await recorder.last.give(10 * KB);
    network.last.say({ type: "ingest:ack", bytes: 10 * KB });
    await wait(1_000);
    expect((view().figures as RelayFigures).unackedSeconds).toBe(0);
  });

  it("records only when the server is ready for the newest run", async () => {
    await goLive();
    network.last.say({ type: "ingest:restart", reason: "x" });
    const { epoch } = network.last.lastStart;
    network.last.say({ type: "ingest:restart", reason: "y" });
    network.last.say({ type: "ingest:ready", epoch });
    expect(recorder.made).toHaveLength(1);
    network.last.ready();
    expect(recorder.made).toHaveLength(2);
  });

  it("keeps chunks in order when a later one is read sooner", async () => {
    await goLive();
    let finish = (): void => undefined;
    const slow = new Blob([new Uint8Array(1)]);
    slow.arrayBuffer = () => new Promise((resolve) => (finish = () => resolve(new ArrayBuffer(1))));
    recorder.last.events.chunk(slow);
    await recorder.last.give(2);
    expect(network.last.frames).toEqual([]);
    finish();
    await wait(0);
    expect(network.last.frames).toEqual([1, 2]);
  });

  it("begins a new run on the same socket when the camera is changed", async () => {
    await goLive();
    await send(1);
    const { epoch } = network.last.lastStart;
    await capture.useCamera("cam-2");
    expect(network.last.lastStart.epoch).toBeGreaterThan(epoch);
    network.last.ready();
    expect(network.sockets).toHaveLength(1);
    expect(recorder.made).toHaveLength(2);
  });
});

describe("a recording the server cannot use", () => {
  it("is followed by the next kind, and by words when there is none left", async () => {
    await goLive();
    network.last.say({ type: "error", code: "unsupported_media", details: {} });
    await wait(1_000);
    network.last.welcome();
    expect(recorder.last.options.mime).toBe("video/webm;codecs=vp8,opus");
    network.last.say({ type: "error", code: "unsupported_media", details: {} });
    await wait(1_000);
    expect(view()).toMatchObject({ phase: "blocked", problem: { code: "no_codec" } });
  });
});

describe("a slow line", () => {
  it("lowers the quality by a step and says what the line gave", async () => {
    await goLive();
    await send(3);
    await recorder.last.give(300 * KB);
    await wait(1_500);
    network.last.say({ type: "ingest:ack", bytes: 700 * KB });
    await wait(1_000);
    expect(network.last.lastStart.bitrate).toBe(1_000_000);
    expect(view().problem).toMatchObject({ code: "slow_upload" });
    network.last.ready();
    expect(view()).toMatchObject({ phase: "sending", lowered: true, targetBitrate: 1_000_000 });
    expect(view().problem).toMatchObject({ code: "slow_upload" });
  });

  it("takes a new socket when what waits in the old one cannot be taken back", async () => {
    await goLive();
    await send(6);
    network.last.queuedBytes = 400 * KB;
    await recorder.last.give(300 * KB);
    await wait(1_500);
    network.last.say({ type: "ingest:ack", bytes: 1210 * KB });
    await wait(1_100);
    expect(network.sockets).toHaveLength(2);
    expect(network.sockets[0]?.closed).toBe(true);
    network.last.welcome();
    expect(recorder.last.options.bitrate).toBe(1_000_000);
  });

  it("raises it again after a calm minute and drops the message", async () => {
    await goLive();
    await send(3);
    await recorder.last.give(300 * KB);
    await wait(1_500);
    network.last.say({ type: "ingest:ack", bytes: 700 * KB });
    await wait(1_000);
    network.last.ready();
    network.last.frames.length = 0;
    await send(61);
    expect(network.last.lastStart.bitrate).toBe(2_500_000);
    expect(view().problem).toBeNull();
  });
});

describe("a cut line", () => {
  it("comes back at once with a new pass, a new socket and a new run, at the same quality", async () => {
    await goLive();
    await send(6);
    const old = recorder.last;
    network.last.events.closed(1006);
    expect(old.stopped).toBe(true);
    expect(view()).toMatchObject({ phase: "reconnecting", onAir: false });
    await wait(0);
    expect(passes).toBe(2);
    network.last.welcome();
    expect(view()).toMatchObject({ phase: "sending", lostAt: null, problem: null, lowered: false });
    expect(recorder.last).not.toBe(old);
  });

  it("notices a blackhole by missing acks, without blaming the quality", async () => {
    await goLive();
    await send(6);
    for (let i = 0; i < 12; i += 1) {
      if (!recorder.last.stopped) await recorder.last.give(50 * KB);
      await wait(250);
    }
    expect(network.sockets.length).toBeGreaterThan(1);
    expect(view()).toMatchObject({ phase: "reconnecting", lowered: false, problem: { code: "line_cut" } });
  });

  it("does not wait for ever for a server that says nothing", async () => {
    session.start();
    await wait(0);
    network.last.events.opened();
    await wait(11_000);
    expect(network.sockets[0]?.closed).toBe(true);
    expect(network.sockets.length).toBeGreaterThan(1);
  });

  it("asks on and on, at most three seconds apart", async () => {
    await goLive();
    await send(6);
    askPass = () => {
      passes += 1;
      return Promise.reject(new TypeError("Failed to fetch"));
    };
    network.last.events.closed(1006);
    await wait(60_000);
    expect(passes).toBeGreaterThan(20);
    expect(passes).toBeLessThan(30);
    expect(view().phase).toBe("reconnecting");
  });

  it("tries at once when the network is back", async () => {
    await goLive();
    await send(6);
    askPass = () => Promise.reject(new TypeError("Failed to fetch"));
    network.last.events.closed(1006);
    await wait(30_000);
    askPass = () => {
      passes += 1;
      return Promise.resolve({ url: "/again", maxFrameBytes: 32 * KB, ackWindowSeconds: 2, bitrates: [] });
    };
    session.nudge();
    await wait(0);
    network.last.welcome();
    expect(network.last.url).toBe("/again");
    expect(view().phase).toBe("sending");
  });

  it("does not hammer a server that dies as soon as it answers", async () => {
    await goLive();
    for (let i = 0; i < 40; i += 1) {
      network.last.events.closed(1011);
      await wait(500);
      if (network.last.texts.length === 0) network.last.welcome();
    }
    expect(passes).toBeLessThan(15);
  });

  it("listens no longer to the socket it left", async () => {
    await goLive();
    await send(6);
    const old = network.last;
    old.events.closed(1006);
    await wait(0);
    network.last.welcome();
    old.say({ type: "ingest:ended", reason: "creator" });
    old.events.closed(CloseCode.TakenOver);
    expect(view().phase).toBe("sending");
  });
});

describe("a machine that slept", () => {
  it("comes back without a click", async () => {
    await goLive();
    await send(6);
    vi.setSystemTime(Date.now() + 20_000);
    await wait(1_000);
    expect(network.sockets).toHaveLength(2);
    network.last.welcome();
    expect(view().phase).toBe("sending");
  });

  it("opens devices again whose tracks ended in its sleep", async () => {
    await goLive();
    await send(6);
    for (const track of [...devices.openTracks]) track.vanish();
    await wait(0);
    network.last.welcome();
    expect(devices.openTracks).toHaveLength(2);
    expect(view().phase).toBe("sending");
  });

  it("takes a hidden tab's slow timers for what they are", async () => {
    await goLive();
    await send(6);
    vi.setSystemTime(Date.now() + 60_000);
    await recorder.last.give(1 * KB);
    network.last.say({ type: "ingest:ack", bytes: 6 * 4 * 50 * KB + KB });
    await wait(500);
    expect(network.sockets).toHaveLength(1);
  });
});

describe("a camera in trouble", () => {
  it("is asked for again while another program holds it", async () => {
    await goLive();
    await send(6);
    devices.refuse = { video: "NotReadableError" };
    devices.openTracks.find((track) => track.kind === "video")?.vanish();
    await wait(10_000);
    expect(view()).toMatchObject({ phase: "reconnecting", problem: { code: "device", error: { problem: "busy" } } });
    devices.refuse = {};
    await wait(5_000);
    network.last.welcome();
    expect(view()).toMatchObject({ phase: "sending", problem: null });
  });

  it("waits for the person when it is not allowed, and then begins", async () => {
    devices.refuse = { video: "NotAllowedError" };
    session.start();
    await wait(30_000);
    expect(view()).toMatchObject({ phase: "blocked", problem: { code: "device" } });
    expect(passes).toBe(0);
    devices.refuse = {};
    session.start();
    await wait(0);
    network.last.welcome();
    expect(view().phase).toBe("sending");
  });

  it("starts over when the recorder dies without a word", async () => {
    await goLive();
    await send(6);
    await wait(5_000);
    expect(network.sockets.length).toBeGreaterThan(1);
  });
});

describe("the end", () => {
  it.each([CloseCode.StreamEnded, CloseCode.NoSuchStream])("close code %d is the end", async (code) => {
    await goLive();
    network.last.events.closed(code);
    await wait(60_000);
    expect(view().phase).toBe("ended");
    expect(network.sockets).toHaveLength(1);
  });

  it("is also told by the socket, and by the pass that is no longer given", async () => {
    await goLive();
    network.last.say({ type: "ingest:ended", reason: "lost" });
    expect(view().phase).toBe("ended");
  });

  it("after the grace, the refused pass says it", async () => {
    await goLive();
    await send(6);
    network.last.events.closed(1006);
    askPass = () => Promise.reject(new PassRefused("ended"));
    await wait(60_000);
    expect(view().phase).toBe("ended");
  });

  it("by our own will stops recorder and socket, and nothing starts again", async () => {
    await goLive();
    await send(1);
    session.stop();
    session.nudge();
    session.start();
    await wait(60_000);
    expect(recorder.last.stopped).toBe(true);
    expect(network.last.closed).toBe(true);
    expect(network.sockets).toHaveLength(1);
    expect(view().phase).toBe("stopped");
  });
});

describe("another tab", () => {
  it("takes the stream over, and this one waits to be asked", async () => {
    await goLive();
    network.last.events.closed(CloseCode.TakenOver);
    await wait(60_000);
    expect(view().phase).toBe("taken");
    expect(recorder.last.stopped).toBe(true);
    session.start();
    await wait(0);
    network.last.welcome();
    expect(view().phase).toBe("sending");
  });
});
