// A chunk of its own: nothing but TicketPart.tsx may import this module.
import { useSignal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../../api/client";
import { clock, momentOf } from "../../ui/times";
import { NO_TICKET } from "../stream/gate";
import type { TicketProps } from "../stream-player/TicketPart";
import { words } from "./gate-words";

/** How often a page before the gate looks whether the stream has begun, or is over. */
const ASK_MS = 15_000;

/** Over the poster: what it costs, a look at it for free, and a way in for those who have a ticket. */
export function Gate({ visit, page }: TicketProps) {
  const refusal = visit.refused.value;
  const trouble = useSignal<string | null>(null);
  const isPending = useSignal(false);
  const ask = async (act: () => Promise<void>): Promise<void> => {
    if (isPending.value) return;
    isPending.value = true;
    trouble.value = null;
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      trouble.value = words.trouble(error.code);
    } finally {
      isPending.value = false;
    }
  };
  useEffect(() => {
    const timer = setInterval(() => void visit.askStage().catch(() => undefined), ASK_MS * (1 + Math.random() / 2));
    return () => clearInterval(timer);
  }, []);
  const isHere = refusal?.code === NO_TICKET;
  return (
    <div class="player-slate ticket-gate" data-theme="dark" role="group" aria-label={isHere ? words.gate : words.elsewhere}>
      {isHere ? (
        <>
          <div role="status">
            <p class="player-slate-title">{visit.title.value}</p>
            <p class="ticket-gate-price">{visit.gate && words.price(visit.gate.price)}</p>
          </div>
          {page.stream.scheduled_at !== null && visit.stage.value === "scheduled" && <p>{words.starts(momentOf(page.stream.scheduled_at))}</p>}
          <div class="ticket-gate-acts">
            <a class="btn btn-money" href={visit.buyUrl}>
              {words.buy}
            </a>
            {(refusal.previewSecondsLeft ?? 0) > 0 && visit.stage.value !== "scheduled" && (
              <button type="button" class="btn" onClick={() => visit.lookIn()}>
                {words.lookIn(refusal.previewSecondsLeft ?? 0)}
              </button>
            )}
            {page.isSignedIn ? (
              <button type="button" class="btn btn-ghost" aria-disabled={isPending.value} onClick={() => void ask(() => visit.showTicket())}>
                {words.haveOne}
              </button>
            ) : (
              <a class="btn btn-ghost" href={page.links.signIn}>
                {words.haveOne}
              </a>
            )}
          </div>
        </>
      ) : (
        <>
          <div role="status">
            <p class="player-slate-title">{words.elsewhere}</p>
            <p>{words.elsewhereMore}</p>
          </div>
          <button type="button" class="btn" aria-disabled={isPending.value} onClick={() => void ask(() => visit.takeOver())}>
            {words.takeOver}
          </button>
        </>
      )}
      <p class="ticket-gate-trouble" role="status">
        {trouble.value}
      </p>
    </div>
  );
}

/** At the picture's edge: how long the look without a ticket lasts. */
export function PreviewBar({ visit }: TicketProps) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    const onVisible = (): void => {
      if (document.visibilityState === "visible") void visit.lookForTicket();
    };
    document.addEventListener("visibilitychange", onVisible);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", onVisible);
    };
  }, []);
  if (visit.previewEndsAt.value === null) return null;
  return (
    <div class="preview-bar" data-theme="dark" role="group" aria-label={words.preview}>
      <span class="tabular" role="timer">
        {words.left(clock(visit.previewSecondsLeft(now)))}
      </span>
      <a class="btn btn-sm btn-money" href={visit.buyUrl}>
        {words.buy}
      </a>
    </div>
  );
}
