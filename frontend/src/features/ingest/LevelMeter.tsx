import { useEffect, useRef } from "preact/hooks";
import { watchLevel } from "./level";
import { words } from "./words";

const QUIETEST_SHOWN = 0.02;

/** How loud the microphone is, at once. Not read aloud: it changes twelve times a second. */
export function LevelMeter({ track }: { track: MediaStreamTrack | null }) {
  const bar = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (track === null) return undefined;
    const stop = watchLevel(track, (level) => {
      // By property, since style attributes are forbidden by the page's policy; and past Preact, for speed.
      bar.current?.style.setProperty("transform", `scaleX(${Math.max(QUIETEST_SHOWN, level)})`);
    });
    return () => {
      stop();
      bar.current?.style.removeProperty("transform");
    };
  }, [track]);
  return (
    <span class="level" role="img" aria-label={words.devices.level}>
      <span class="level-bar" ref={bar} />
    </span>
  );
}
