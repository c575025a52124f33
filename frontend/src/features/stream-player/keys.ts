export type KeyAction = "play" | "mute" | "fullscreen" | "theatre" | "chat" | "louder" | "quieter" | "live";

const ACTIONS: Readonly<Record<string, KeyAction>> = {
  " ": "play",
  k: "play",
  m: "mute",
  f: "fullscreen",
  t: "theatre",
  c: "chat",
  l: "live",
  ArrowUp: "louder",
  ArrowDown: "quieter",
  ArrowRight: "live",
};
/** Keys that mean something else while another element has the focus than the picture. */
const ONLY_ON_PICTURE = new Set([" ", "ArrowUp", "ArrowDown", "ArrowRight"]);

/** What a key does to the player, or null: typing and keys of other controls are never taken away. */
export function keyAction(key: {
  readonly key: string;
  readonly hasModifier: boolean;
  readonly isTyping: boolean;
  readonly isOnControl: boolean;
  readonly isOnPicture: boolean;
}): KeyAction | null {
  if (key.hasModifier || key.isTyping) return null;
  const name = key.key.length === 1 ? key.key.toLowerCase() : key.key;
  if (ONLY_ON_PICTURE.has(name) && !key.isOnPicture) return null;
  if (name === " " && key.isOnControl) return null;
  return ACTIONS[name] ?? null;
}
