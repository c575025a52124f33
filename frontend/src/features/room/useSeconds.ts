import { useEffect, useState } from "preact/hooks";

const TICK_MS = 250;

/** Whole seconds until that moment, counted down on the page; null for no moment, and once it has passed. */
export function useSecondsUntil(until: number | null): number | null {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (until === null) return undefined;
    const timer = setInterval(() => {
      setNow(Date.now());
      if (Date.now() >= until) clearInterval(timer);
    }, TICK_MS);
    setNow(Date.now());
    return () => clearInterval(timer);
  }, [until]);
  const seconds = until === null ? 0 : Math.ceil((until - now) / 1000);
  return seconds > 0 ? seconds : null;
}
