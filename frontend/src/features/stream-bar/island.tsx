import { useSignalEffect } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../../ui/icon";
import { text } from "../../ui/text";
import { toast } from "../../ui/toast";
import { clock, secondsSince } from "../../ui/times";
import { FollowButton } from "../follow/FollowButton";
import { followOf, type StreamPage } from "../stream/page";
import { visitOf, type Visit } from "../stream/visit";
import { Others } from "./Others";
import { share } from "./share";

/** Under the picture: the state, who watches, how long, follow and share. */
export default function StreamBarIsland(page: StreamPage) {
  const visit = visitOf(page.stream);
  const follow = followOf(page);
  useEffect(() => visit.enter(), [visit]);
  useEffect(() => {
    // Where there is room the description is open; a phone needs it for the chat.
    const about = document.querySelector<HTMLDetailsElement>("[data-open-when-wide]");
    if (about) about.open = matchMedia("(min-width: 64rem)").matches;
  }, []);
  useSignalEffect(() => {
    // The arrangement of a page whose picture is over: everything in one scroll, as the server would draw it.
    document.querySelector("[data-stage]")?.toggleAttribute("data-over", visit.isOver.value);
  });
  useSignalEffect(() => {
    const title = document.querySelector("[data-stream-title]");
    if (title && title.textContent !== visit.title.value) title.textContent = visit.title.value;
  });
  return (
    <>
      <div class="stream-bar">
        <div class="stream-facts" aria-live="off">
          <State visit={visit} />
        </div>
        <div class="stream-acts">
          {!page.isOwn && (
            <FollowButton
              model={follow}
              signInUrl={page.isSignedIn ? null : page.links.signIn}
              onFollowed={() => {
                if (visit.refused.value?.help === "follow") visit.knock();
              }}
            />
          )}
          <button type="button" class="btn btn-sm" onClick={() => void share(visit.title.value)} aria-label={text.share.share}>
            <Icon name="share" /> <span class="max-sm:hidden">{text.share.share}</span>
          </button>
          {!page.isOwn && <ReportButton page={page} visit={visit} />}
        </div>
      </div>
      <LostBar visit={visit} />
      {visit.isOver.value && <Others exceptId={page.stream.id} />}
    </>
  );
}

/** Tells the people who run the site about this stream; what asks for it is fetched when it is needed. */
function ReportButton({ page, visit }: { page: StreamPage; visit: Visit }) {
  const open = (): void => {
    const subject = { kind: "stream", id: page.stream.id, about: visit.title.value } as const;
    import("../moderation/report").then(
      ({ openReport }) => openReport({ isGuest: !page.isSignedIn, signInUrl: page.links.signIn }, subject),
      () => toast(text.report.unloaded),
    );
  };
  return (
    <button type="button" class="btn btn-sm" onClick={open} aria-label={text.report.stream} title={text.report.stream} aria-haspopup="dialog">
      <Icon name="flag" />
    </button>
  );
}

function State({ visit }: { visit: Visit }) {
  switch (visit.stage.value) {
    case "live":
    case "paused":
      return (
        <>
          {visit.stage.value === "live" ? (
            <span class="live-mark">{text.stream.live}</span>
          ) : (
            <span class="badge">{text.stream.away}</span>
          )}
          <Count visit={visit} />
          <LiveTime visit={visit} />
        </>
      );
    case "scheduled":
      return <span class="badge">{text.stream.scheduled}</span>;
    case "ended":
      return (
        <>
          <span class="badge">{text.stream.ended}</span>
          {visit.durationSeconds.value !== null && (
            <span class="quiet tabular">{text.stream.lasted(clock(visit.durationSeconds.value))}</span>
          )}
        </>
      );
  }
}

function Count({ visit }: { visit: Visit }) {
  const viewers = visit.viewers.value;
  return (
    <span class="stream-count tabular" data-viewers={viewers} title={text.viewers(viewers)}>
      <Icon name="people" />
      <span key={viewers} class="count-change">
        {text.number(viewers)}
      </span>
      <span class="sr-only">{text.viewers(viewers)}</span>
    </span>
  );
}

function LiveTime({ visit }: { visit: Visit }) {
  const since = visit.startedAt.value;
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  if (since === null) return null;
  const time = clock(secondsSince(since, now));
  return (
    <span class="quiet tabular" role="timer" title={text.stream.liveFor(time)}>
      {time}
    </span>
  );
}

/** Says that the line is gone, but not at every blink of it. */
function LostBar({ visit }: { visit: Visit }) {
  const status = visit.connection.value;
  const isLost = status.kind === "waiting" || (status.kind === "connecting" && status.attempt > 1);
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!isLost) {
      setShown(false);
      return;
    }
    const timer = setTimeout(() => setShown(true), 1500);
    return () => clearTimeout(timer);
  }, [isLost]);
  useEffect(() => {
    const now = (): void => visit.retryNow();
    window.addEventListener("online", now);
    return () => window.removeEventListener("online", now);
  }, [visit]);
  if (!shown || visit.isOver.value) return null;
  return (
    <div class="lost-bar" role="alert">
      <Icon name="alert" />
      <span class="flex-1">{text.connection.lost}</span>
      <button type="button" class="btn btn-sm" onClick={() => visit.retryNow()}>
        {text.connection.now}
      </button>
    </div>
  );
}
