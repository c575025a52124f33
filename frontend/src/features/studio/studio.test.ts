import { signal } from "@preact/signals-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../../api/client";
import { Capture, CaptureError } from "../ingest/capture";
import { compose, FakeDevices, FakeNetwork, FakeRecorder } from "../ingest/fakes";
import { IngestSession } from "../ingest/session";
import { IDLE, type SenderView } from "../sending/sender";
import { graceLeft, healthOf } from "./health";
import { Studio, type Summary } from "./studio";
import { type Circumstances, troubleOf } from "./words";

const view = (change: Partial<SenderView> = {}): SenderView => ({
  ...IDLE,
  phase: "sending",
  onAir: true,
  bitrate: 2_400_000,
  targetBitrate: 2_500_000,
  ...change,
});

const about = (change: Partial<Circumstances> = {}): Circumstances => ({
  microphone: null,
  secondsLeft: null,
  graceSeconds: 60,
  wasLive: true,
  ...change,
});

describe("health", () => {
  it.each<[Partial<SenderView>, string]>([
    [{}, "good"],
    [{ onAir: false }, "starting"],
    [{ lowered: true }, "fair"],
    [{ line: "fair" }, "fair"],
    [{ line: "poor" }, "poor"],
    [{ phase: "opening" }, "connecting"],
    [{ phase: "reconnecting" }, "reconnecting"],
    [{ phase: "taken" }, "stopped"],
    [{ phase: "idle" }, "stopped"],
  ])("%o is %s", (change, health) => {
    expect(healthOf(view(change))).toBe(health);
  });

  it("counts down the grace of a stream that was on, and of no other", () => {
    const lost = view({ phase: "reconnecting", lostAt: 10_000 });
    expect(graceLeft(lost, true, 60, 22_400)).toBe(48);
    expect(graceLeft(lost, true, 60, 100_000)).toBe(0);
    expect(graceLeft(lost, false, 60, 22_400)).toBeNull();
    expect(graceLeft(view(), true, 60, 22_400)).toBeNull();
    const away = { ...lost, problem: { code: "media_away" } } as const;
    expect(graceLeft(away, true, 60, 22_400)).toBeNull();
  });
});

describe("trouble", () => {
  it("is silent when all is well", () => {
    expect(troubleOf(view(), about())).toBeNull();
  });

  it("names the cause and the remedy of a slow upload", () => {
    const slow = view({ lowered: true, targetBitrate: 800_000, problem: { code: "slow_upload", bitrate: 600_000 } });
    expect(troubleOf(slow, about())?.what).toBe("Your upload fell to 600 kbit/s; we lowered the quality to 800 kbit/s.");
  });

  it("says how long the stream still waits", () => {
    const cut = view({ phase: "reconnecting", problem: { code: "line_cut" } });
    expect(troubleOf(cut, about({ secondsLeft: 48 }))?.counting).toContain("ends in 48 s");
    expect(troubleOf(cut, about({ secondsLeft: 0 }))?.counting).toContain("probably ended");
  });

  it("tells a camera in use from a cut line", () => {
    const busy = view({ phase: "reconnecting", problem: { code: "device", error: new CaptureError("camera", "busy") } });
    expect(troubleOf(busy, about())?.what).toBe("Your camera is used by another program.");
  });

  it("tells that a stream stays live while the video server is away, and how long after", () => {
    const away = view({ phase: "reconnecting", problem: { code: "media_away" } });
    expect(troubleOf(away, about())).toMatchObject({ what: "The video server does not answer.", action: null });
    expect(troubleOf(away, about())?.remedy).toContain("waits 60 s more");
    expect(troubleOf(away, about({ wasLive: false }))?.remedy).not.toContain("60 s");
  });

  it.each<[SenderView["problem"], string]>([
    [{ code: "limited", by: "bandwidth", bitrate: 900_000, height: 360 }, "Your upload carries 900 kbit/s; viewers see at most 360p"],
    [{ code: "limited", by: "cpu", bitrate: 900_000, height: 0 }, "Your computer cannot keep up; viewers see a still picture"],
    [{ code: "unpublished", device: "screen" }, "did not take your screen"],
    [{ code: "unconfirmed", device: "microphone", muted: true }, "not confirmed yet that your microphone is off"],
    [{ code: "no_frames" }, "gives no pictures"],
    [{ code: "device", error: new CaptureError("camera", "busy") }, "used by another program"],
  ])("while sending: %o", (problem, words) => {
    expect(troubleOf(view({ problem }), about())?.what).toContain(words);
  });

  it("names what was not taken before it was ever sent", () => {
    const refused = view({ phase: "opening", problem: { code: "unpublished", device: "camera" } });
    expect(troubleOf(refused, about())).toMatchObject({ what: "The video server did not take your camera.", action: "retry" });
  });

  it("offers to take over from another tab, and says that nobody hears a missing microphone", () => {
    expect(troubleOf(view({ phase: "taken" }), about())?.action).toBe("take_over");
    expect(troubleOf(view(), about({ microphone: "missing" }))?.what).toContain("Viewers hear nothing");
  });
});

describe("the studio", () => {
  const numbers: Summary = {
    duration_seconds: 60,
    viewers: 3,
    peak: 2,
    watched_seconds: 90,
    new_followers: 1,
    end_reason: "creator",
    refusal: null,
    settled: true,
  };
  let devices: FakeDevices;
  let session: IngestSession;
  let network: FakeNetwork;
  let studio: Studio;
  const isOver = signal(false);
  const end = vi.fn<() => Promise<unknown>>();
  const summary = vi.fn<() => Promise<Summary>>();

  beforeEach(async () => {
    vi.useFakeTimers();
    vi.resetAllMocks();
    isOver.value = false;
    end.mockResolvedValue({});
    summary.mockResolvedValue(numbers);
    devices = new FakeDevices();
    network = new FakeNetwork();
    const capture = new Capture(devices.source, { cameraId: "", microphoneId: "" }, compose);
    session = new IngestSession({
      capture,
      connect: network.connect,
      record: new FakeRecorder().record,
      codec: () => Promise.resolve({ ask: "video/webm", gives: "video/webm" }),
      pass: () => Promise.resolve({ url: "/x", maxFrameBytes: 1000, ackWindowSeconds: 2, bitrates: [] }),
    });
    studio = new Studio({ capture, session, isOver, end, summary });
    session.start();
    await vi.advanceTimersByTimeAsync(0);
    network.last.welcome();
  });

  afterEach(() => {
    studio.leave();
    vi.useRealTimers();
  });

  it("sends from both devices until End", () => {
    expect(devices.openTracks).toHaveLength(2);
    expect(studio.over.value).toBe(false);
  });

  it("End stops every track, so the camera's light goes off, and shows the numbers", async () => {
    await studio.end();
    expect(devices.opened).toHaveLength(2);
    expect(devices.openTracks).toHaveLength(0);
    expect(network.last.closed).toBe(true);
    expect(studio.over.value).toBe(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(studio.summary.value).toEqual(numbers);
  });

  it.each([
    ["the room says so", () => (isOver.value = true)],
    ["the ingest says so", () => network.last.say({ type: "ingest:ended", reason: "staff" })],
  ])("is over when %s", (_, tell) => {
    tell();
    expect(studio.over.value).toBe(true);
    expect(devices.openTracks).toHaveLength(0);
  });

  it("goes on sending when End does not reach the server, and can be asked again", async () => {
    end.mockRejectedValueOnce(new ApiError({ code: "offline", status: 0 }));
    await studio.end();
    expect(studio.ending.value).toBe("failed");
    expect(devices.openTracks).toHaveLength(2);
    await studio.end();
    expect(studio.over.value).toBe(true);
  });

  it("asks for the numbers until they are final", async () => {
    summary.mockReset();
    summary.mockRejectedValueOnce(new ApiError({ code: "offline", status: 0 }));
    summary.mockResolvedValueOnce({ ...numbers, viewers: 2, settled: false });
    summary.mockResolvedValue(numbers);
    await studio.end();
    await vi.advanceTimersByTimeAsync(1_600);
    expect(studio.summary.value?.viewers).toBe(2);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(studio.summary.value?.viewers).toBe(3);
    expect(summary).toHaveBeenCalledTimes(3);
  });

  it("leaving the page lets go of the devices too", () => {
    studio.leave();
    expect(devices.openTracks).toHaveLength(0);
    expect(studio.over.value).toBe(false);
  });
});
