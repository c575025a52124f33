import { render } from "preact";
import { Announcer } from "./announcer";
import { Layer } from "./Layer";
import { GiftShow } from "./show";
import type { GiftSent } from "./types";

/** Puts the layer for gifts over the page's picture. */
export function raise(): { receive: (event: GiftSent) => void; remove: () => void } {
  const host = document.querySelector<HTMLElement>("[data-gift-layer]");
  const motion = matchMedia("(prefers-reduced-motion: reduce)");
  const later = (act: () => void, milliseconds: number): unknown => setTimeout(act, milliseconds);
  const isStill = (): boolean => motion.matches;
  const isHidden = (): boolean => document.visibilityState === "hidden";
  const show = new GiftShow({ setTimeout: later, now: () => performance.now(), isStill, isHidden });
  const announcer = new Announcer(later);
  if (host) render(<Layer show={show} announcer={announcer} isStill={isStill} />, host);
  return {
    receive: (event) => {
      show.receive(event);
      announcer.receive(event);
    },
    remove: () => {
      show.clear();
      if (host) render(null, host);
    },
  };
}
