import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeObserver, FakeVideo } from "./fakes";
import { WatchedElement, type Size } from "./watched";

let video: FakeVideo;
let chosen: Size | null;
let info: WatchedElement;
let changes: number;

beforeEach(() => {
  vi.stubGlobal("IntersectionObserver", FakeObserver);
  vi.stubGlobal("ResizeObserver", FakeObserver);
  FakeObserver.all = [];
  video = new FakeVideo();
  chosen = null;
  changes = 0;
  info = new WatchedElement(video.asElement, () => chosen);
  info.handleVisibilityChanged = () => (changes += 1);
  info.observe();
});

afterEach(() => {
  info.stopObserving();
  vi.unstubAllGlobals();
});

test("as much is wanted as the element shows, unless a size was chosen", () => {
  expect([info.width(), info.height()]).toEqual([640, 360]);
  chosen = { width: 1920, height: 1080 };
  expect([info.width(), info.height()]).toEqual([1920, 1080]);
});

test("nothing is wanted in the background, scrolled away or paused", () => {
  expect(info.visible).toBe(true);
  video.ownerDocument.visibilityState = "hidden";
  video.ownerDocument.dispatchEvent(new Event("visibilitychange"));
  expect([info.visible, changes]).toEqual([false, 1]);
  video.ownerDocument.visibilityState = "visible";
  FakeObserver.all[0]?.report([{ isIntersecting: false }]);
  expect([info.visible, changes]).toEqual([false, 2]);
  FakeObserver.all[0]?.report([{ isIntersecting: true }]);
  video.paused = true;
  video.dispatchEvent(new Event("pause"));
  expect([info.visible, changes]).toEqual([false, 4]);
});

test("a picture in a window of its own is looked at wherever the page is", () => {
  video.ownerDocument.visibilityState = "hidden";
  video.ownerDocument.pictureInPictureElement = video;
  video.dispatchEvent(new Event("enterpictureinpicture"));
  expect([info.visible, changes]).toEqual([true, 1]);
});

test("it lets go of all that it listened to", () => {
  expect(FakeObserver.active).toBe(2);
  expect([video.listeners, video.ownerDocument.listeners]).toEqual([4, 1]);
  info.stopObserving();
  expect(FakeObserver.active).toBe(0);
  expect([video.listeners, video.ownerDocument.listeners]).toEqual([0, 0]);
  info.observe();
});
