import { beforeEach, describe, expect, it, vi } from "vitest";
import { Capture, type CaptureError } from "./capture";
import { compose, FakeDevices, type FakeTrack } from "./fakes";

let devices: FakeDevices;
let capture: Capture;
const renewed = vi.fn();
const lost = vi.fn();

beforeEach(() => {
  vi.clearAllMocks();
  devices = new FakeDevices();
  capture = new Capture(devices.source, { cameraId: "", microphoneId: "" }, compose);
  capture.follow({ renewed, lost });
});

const device = (track: unknown): string => (track as FakeTrack).device;
const problemOf = async (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => "none",
    (error: unknown) => (error as CaptureError).message,
  );

describe("opening", () => {
  it("asks for camera and microphone at once and gives one stream", async () => {
    const stream = await capture.ready();
    expect(stream.getTracks()).toHaveLength(2);
    expect(await capture.ready()).toBe(stream);
    expect(devices.opened).toHaveLength(2);
  });

  it("goes on without a microphone and says why there is none", async () => {
    devices.refuse = { audio: "NotFoundError" };
    const stream = await capture.ready();
    expect(stream.getAudioTracks()).toHaveLength(0);
    expect(capture.view.value.microphoneProblem).toBe("missing");
  });

  it("asks again for a microphone that was plugged in since", async () => {
    devices.refuse = { audio: "NotFoundError" };
    await capture.ready();
    devices.refuse = {};
    await capture.useMicrophone("");
    expect(capture.stream?.getAudioTracks()).toHaveLength(1);
    expect(capture.view.value.microphoneProblem).toBeNull();
  });

  it("takes another camera when the chosen one was unplugged since", async () => {
    capture = new Capture(devices.source, { cameraId: "cam-2", microphoneId: "mic-1" }, compose);
    devices.unplugged = "cam-2";
    const stream = await capture.ready();
    expect(stream.getTracks().map(device)).toEqual(["default", "mic-1"]);
  });

  it.each([
    ["NotAllowedError", "camera denied"],
    ["NotFoundError", "camera missing"],
    ["NotReadableError", "camera busy"],
    ["TypeError", "camera unknown"],
  ])("%s is told as: %s", async (name, words) => {
    devices.refuse = { video: name };
    expect(await problemOf(capture.ready())).toBe(words);
    expect(devices.openTracks).toHaveLength(0);
  });

  it("knows that plain http hides the devices", async () => {
    expect(await problemOf(new Capture(undefined, { cameraId: "", microphoneId: "" }, compose).ready())).toBe("camera insecure");
  });
});

describe("closing", () => {
  it("stops every track, the shared screen's too", async () => {
    await capture.ready();
    await capture.shareScreen();
    expect(devices.openTracks).toHaveLength(3);
    capture.close();
    expect(devices.openTracks).toHaveLength(0);
    expect(capture.stream).toBeNull();
  });

  it("stops what the person allowed only after the page had closed it", async () => {
    let allow = (): void => undefined;
    devices.question = new Promise((resolve) => (allow = resolve));
    const opening = problemOf(capture.ready());
    capture.close();
    allow();
    expect(await opening).not.toBe("none");
    expect(devices.opened.length).toBeGreaterThan(0);
    expect(devices.openTracks).toHaveLength(0);
  });
});

describe("swapping", () => {
  it("changes the camera, keeps the microphone, and tells that the stream is another", async () => {
    const before = await capture.ready();
    renewed.mockClear();
    await capture.useCamera("cam-2");
    expect(renewed).toHaveBeenCalledOnce();
    expect(capture.stream).not.toBe(before);
    expect(capture.stream?.getVideoTracks().map(device)).toEqual(["cam-2"]);
    expect(capture.stream?.getAudioTracks()).toEqual(before.getAudioTracks());
    expect(devices.openTracks).toHaveLength(2);
  });

  it("comes back to the camera it had when the other one is taken", async () => {
    await capture.ready();
    await capture.useCamera("cam-1");
    const open = devices.getUserMedia.bind(devices);
    devices.getUserMedia = (wanted) =>
      JSON.stringify(wanted).includes("cam-2") ? Promise.reject(new DOMException("x", "NotReadableError")) : open(wanted);
    expect(await problemOf(capture.useCamera("cam-2"))).toBe("camera busy");
    expect(capture.stream?.getVideoTracks().map(device)).toEqual(["cam-1"]);
    expect(devices.openTracks).toHaveLength(2);
  });

  it("shows the screen and comes back by itself when the browser's own bar stops it", async () => {
    await capture.ready();
    await capture.shareScreen();
    expect(capture.view.value.sharingScreen).toBe(true);
    const screen = capture.stream?.getVideoTracks()[0] as unknown as FakeTrack;
    expect(screen.device).toBe("screen");
    screen.vanish();
    expect(capture.view.value.sharingScreen).toBe(false);
    expect(capture.stream?.getVideoTracks().map(device)).toEqual(["default"]);
    expect(lost).not.toHaveBeenCalled();
  });
});

describe("switches", () => {
  it("keep their place when a device is swapped", async () => {
    await capture.ready();
    capture.mute(true);
    capture.turnCameraOff(true);
    await capture.useMicrophone("mic-2");
    await capture.useCamera("cam-2");
    expect(capture.stream?.getTracks().map((track) => track.enabled)).toEqual([false, false]);
    capture.mute(false);
    expect(capture.stream?.getAudioTracks()[0]?.enabled).toBe(true);
  });
});

describe("a device that goes away", () => {
  it("is told, and opened again when asked", async () => {
    await capture.ready();
    devices.opened[0]?.vanish();
    expect(lost).toHaveBeenCalledWith("camera");
    const stream = await capture.ready();
    expect(stream.getVideoTracks()[0]?.readyState).toBe("live");
    expect(devices.opened).toHaveLength(3);
  });
});
