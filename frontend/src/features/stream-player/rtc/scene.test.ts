import { expect, test } from "vitest";
import { sceneOf, type Piece } from "./scene";

const SHOWN = { isScreen: false, isGuest: false, isMuted: false, isReady: true } as const;
const camera: Piece = { ...SHOWN, kind: "video" };
const guest: Piece = { ...camera, isGuest: true };
const screen: Piece = { ...camera, isScreen: true };
const microphone: Piece = { ...SHOWN, kind: "audio" };

test("the camera is the picture until a screen is shared, and again afterwards", () => {
  expect(sceneOf([camera, microphone])).toMatchObject({ main: camera, corner: null });
  expect(sceneOf([camera, microphone, screen])).toMatchObject({ main: screen, corner: camera });
});

test("a screen on its way takes no place yet", () => {
  const { main, corner } = sceneOf([camera, { ...screen, isReady: false }]);
  expect(main).toBe(camera);
  expect(corner).toBeNull();
});

test("a guest sits in the corner, whoever came first", () => {
  expect(sceneOf([guest, camera])).toMatchObject({ main: camera, corner: guest });
});

test("what has no place is not shown, and everybody is heard", () => {
  const other = { ...microphone };
  const scene = sceneOf([camera, screen, guest, microphone, other]);
  expect(scene.offstage).toEqual([guest]);
  expect(scene.sounds).toEqual([microphone, other]);
});

test("it is dark when nobody sends a picture, not while one is on its way", () => {
  expect(sceneOf([microphone]).isDark).toBe(true);
  expect(sceneOf([{ ...camera, isMuted: true }]).isDark).toBe(true);
  expect(sceneOf([{ ...camera, isReady: false }]).isDark).toBe(false);
});
