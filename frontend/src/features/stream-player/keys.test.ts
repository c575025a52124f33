import { expect, test } from "vitest";
import { keyAction } from "./keys";

const onPage = { hasModifier: false, isTyping: false, isOnControl: false, isOnPicture: false };
const onPicture = { ...onPage, isOnPicture: true };

test.each([
  ["m", "mute"],
  ["F", "fullscreen"],
  ["t", "theatre"],
])("%s works anywhere on the page: %s", (key, action) => {
  expect(keyAction({ ...onPage, key })).toBe(action);
});

test("space and arrows belong to the page unless the picture has the focus", () => {
  expect(keyAction({ ...onPage, key: " " })).toBeNull();
  expect(keyAction({ ...onPicture, key: " " })).toBe("play");
  expect(keyAction({ ...onPicture, key: "ArrowUp" })).toBe("louder");
});

test("space on a button presses the button", () => {
  expect(keyAction({ ...onPicture, isOnControl: true, key: " " })).toBeNull();
});

test("nothing is taken from somebody who types or uses a shortcut of the browser", () => {
  expect(keyAction({ ...onPage, isTyping: true, key: "m" })).toBeNull();
  expect(keyAction({ ...onPage, hasModifier: true, key: "f" })).toBeNull();
});
