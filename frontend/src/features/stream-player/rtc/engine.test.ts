import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Playback } from "../../../api/types";
import type { Level } from "../engine";
import type { Problem } from "../phase";
import { RtcEngine } from "./engine";
import { FakeDocument, FakeObserver, FakeRoom, FakeStream, FakeVideo, publication } from "./fakes";

let rooms: FakeRoom[];
let page: FakeDocument;
let picture: FakeVideo;
let corner: FakeVideo;
let engine: RtcEngine;
let problems: Problem[];
let levels: readonly Level[];
let said: string[];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("IntersectionObserver", FakeObserver);
  vi.stubGlobal("ResizeObserver", FakeObserver);
  vi.stubGlobal("MediaStream", FakeStream);
  vi.stubGlobal("navigator", {});
  [rooms, problems, levels, said] = [[], [], [], []];
  page = new FakeDocument();
  [picture, corner] = [new FakeVideo(page), new FakeVideo(page)];
  engine = new RtcEngine(
    { picture: picture.asElement, corner: corner.asElement },
    {
      onLevels: (given) => (levels = given),
      onProblem: (problem) => problems.push(problem),
      onMedia: () => said.push("media"),
      onStall: (stalls) => said.push(stalls ? "stalls" : "moves"),
      onDark: (isDark) => said.push(isDark ? "dark" : "light"),
      onCorner: (isShown) => said.push(isShown ? "corner" : "no corner"),
      onLine: (line) => said.push(line),
    },
    () => {
      const room = new FakeRoom();
      rooms.push(room);
      return room.asRoom;
    },
  );
});

afterEach(() => {
  engine.destroy();
  // Whatever a test did: nothing is held on to afterwards.
  expect(rooms.map((room) => [room.listeners, room.disconnects])).toEqual(rooms.map(() => [0, 1]));
  expect(FakeObserver.active).toBe(0);
  expect([page.listeners, picture.listeners, corner.listeners]).toEqual([0, 0, 0]);
  expect([picture.srcObject, corner.srcObject]).toEqual([null, null]);
  expect(vi.getTimerCount()).toBe(0);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function load(token: string): FakeRoom {
  const source: Playback = { kind: "webrtc", url: "wss://media.example", token, identity: `viewer-${token}`, kinds: ["webrtc"] };
  engine.load(source);
  return rooms.at(-1) as FakeRoom;
}

function shown(video: FakeVideo): object[] {
  return video.srcObject instanceof FakeStream ? video.srcObject.getTracks() : [];
}

test("camera and microphone come into the page's one video", async () => {
  const room = load("one");
  expect(room.connects).toEqual([["wss://media.example", "one"]]);
  const [camera, microphone] = [publication("camera"), publication("microphone")];
  await room.stage([camera, microphone]);
  expect(shown(picture)).toEqual([camera.track?.mediaStreamTrack, microphone.track?.mediaStreamTrack]);
  expect(said).toEqual(["stalls", "media", "no corner", "light"]);
  expect(levels.map((level) => level.height)).toEqual([1080, 720, 360]);
});

test("sound does not start before the picture that is on its way", async () => {
  const room = load("one");
  const microphone = publication("microphone");
  await room.stage([publication("camera", { track: undefined, videoTrack: undefined }), microphone]);
  expect(shown(picture)).toEqual([]);
  await room.stage([publication("camera", { isMuted: true }), microphone]);
  expect(shown(picture)).toEqual([microphone.track?.mediaStreamTrack]);
  expect(said.at(-1)).toBe("dark");
});

test("a shared screen is the picture and the camera goes into the corner, until it stops", async () => {
  const room = load("one");
  const [camera, screen] = [publication("camera"), publication("screen_share")];
  await room.stage([camera, screen]);
  expect([shown(picture), shown(corner)]).toEqual([[screen.track?.mediaStreamTrack], [camera.track?.mediaStreamTrack]]);
  expect([...(camera.track?.observed ?? [])].map((info) => info.element)).toEqual([corner]);
  await room.stage([camera]);
  expect([shown(picture), shown(corner)]).toEqual([[camera.track?.mediaStreamTrack], []]);
  expect([...(camera.track?.observed ?? [])].map((info) => info.element)).toEqual([picture]);
  expect(screen.track?.observed.size).toBe(0);
});

test("a camera without a place is not sent", async () => {
  const room = load("one");
  const [screen, camera, guest] = [publication("screen_share"), publication("camera"), publication("camera")];
  await room.stage([screen, camera]);
  await room.stage([guest], "guest-1");
  expect([...(guest.track?.observed ?? [])].map((info) => info.visible)).toEqual([false]);
  await room.stage([camera]);
  expect([...(guest.track?.observed ?? [])].map((info) => info.element)).toEqual([corner]);
});

test("a token is used once: what cannot be resumed is lost, not connected anew", async () => {
  const room = load("one");
  await room.stage([publication("camera")]);
  room.emit("signalReconnecting");
  expect(problems).toEqual([]);
  room.emit("reconnecting");
  expect(problems).toEqual(["lost"]);
  expect([room.disconnects, room.listeners, FakeObserver.active]).toEqual([1, 0, 0]);
  room.emit("disconnected");
  expect(problems).toEqual(["lost"]);
  const next = load("two");
  expect([next.connects, room.connects.length]).toEqual([[["wss://media.example", "two"]], 1]);
});

test("who is put out is told once, and a room of before says nothing any more", async () => {
  const room = load("one");
  room.emit("disconnected");
  room.refuses();
  await Promise.resolve();
  expect(problems).toEqual(["lost"]);
  load("two");
  room.emit("disconnected");
  expect(problems).toEqual(["lost"]);
});

test("a door that refuses is a lost room", async () => {
  load("one").refuses();
  await vi.waitFor(() => expect(problems).toEqual(["lost"]));
});

test("the last picture stays while the next token is fetched, and the next one comes into the same stream", async () => {
  const room = load("one");
  await room.stage([publication("camera")]);
  const stream = picture.srcObject;
  room.emit("disconnected");
  expect([picture.srcObject, shown(picture)]).toEqual([stream, []]);
  await load("two").stage([publication("camera")]);
  expect([picture.srcObject, shown(picture).length]).toEqual([stream, 1]);
  expect(said.filter((word) => word === "media").length).toBe(2);
});

test("a chosen size is asked for whatever the player's size, and by the next seat too", async () => {
  const room = load("one");
  const camera = publication("camera");
  await room.stage([camera]);
  expect(camera.asked).toEqual([2]);
  engine.setLevel(1);
  expect([camera.asked, camera.track?.resizes]).toEqual([[2, 1], 1]);
  expect([...(camera.track?.observed ?? [])].map((info) => info.width())).toEqual([1280]);
  const again = publication("camera");
  await load("two").stage([again]);
  expect(again.asked).toEqual([1]);
  engine.setLevel(-1);
  expect(again.asked).toEqual([1, 2]);
  expect([...(again.track?.observed ?? [])].map((info) => info.width())).toEqual([640]);
});

test("a sparing browser gets the smallest picture until another one is chosen", async () => {
  vi.stubGlobal("navigator", { connection: { saveData: true } });
  const camera = publication("camera");
  await load("one").stage([camera]);
  engine.setLevel(2);
  engine.setLevel(-1);
  expect(camera.asked).toEqual([0, 2, 2]);
});

test("only the viewer's own line is the viewer's line", () => {
  const room = load("one");
  room.emit("connectionQualityChanged", "poor", {});
  room.emit("connectionQualityChanged", "poor", room.localParticipant);
  room.emit("connectionQualityChanged", "excellent", room.localParticipant);
  expect(said).toEqual(["stalls", "poor", "good"]);
});

test("it is live while it shows something, and stands still when frames do", async () => {
  const room = load("one");
  expect(engine.behindSeconds()).toBeNull();
  await room.stage([publication("camera")]);
  expect(engine.behindSeconds()).toBe(0);
  said = [];
  vi.advanceTimersByTime(250);
  picture.frames = 9;
  vi.advanceTimersByTime(250);
  vi.advanceTimersByTime(2000);
  expect(said).toEqual(["moves", "stalls"]);
});
