import { expect, test } from "vitest";
import { layerOf, levelsOf, type Layer } from "./layers";

const layer = (quality: number, width: number, height: number): Layer => ({ quality, width, height, bitrate: 1000 * height });
const three = [layer(0, 640, 360), layer(1, 1280, 720), layer(2, 1920, 1080)];

test("the layers that exist can be chosen, best first", () => {
  expect(levelsOf(three).map((level) => level.height)).toEqual([1080, 720, 360]);
  expect(levelsOf(three).map((level) => level.index)).toEqual([2, 1, 0]);
});

test("a stamp of a picture is for bad lines, not for choosing", () => {
  expect(levelsOf([layer(0, 320, 180), layer(1, 640, 360)]).map((level) => level.height)).toEqual([360]);
});

test("the lines of an upright picture are counted across", () => {
  expect(levelsOf([layer(2, 720, 1280)]).map((level) => level.height)).toEqual([720]);
});

test("a choice finds its layer, and automatic finds none", () => {
  expect(layerOf(three, 1)?.height).toBe(720);
  expect(layerOf(three, -1)).toBeNull();
});
