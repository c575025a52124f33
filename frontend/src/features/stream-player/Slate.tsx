import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { text } from "../../ui/text";
import { clock, momentOf } from "../../ui/times";
import { FollowButton } from "../follow/FollowButton";
import { isAboutTickets } from "../stream/gate";
import { followOf, type StreamPage } from "../stream/page";
import type { Visit } from "../stream/visit";
import { isOnMobileData, savesData } from "./data-saver";
import type { Player } from "./player";
import { TicketPart } from "./TicketPart";

interface Props {
  player: Player;
  visit: Visit;
  page: StreamPage;
}

/** What lies over the picture when there is none, or none that moves. Words, never a spinner over black. */
export function Slate({ player, visit, page }: Props) {
  const t = text.player;
  switch (player.phase.value) {
    case "playing":
    case "paused":
      return <Note player={player} />;
    case "loading":
    case "stalled":
      return player.stalledLong.value ? (
        <p class="player-words" role="status">
          {player.hasPicture.value ? t.stalled : t.loading}
        </p>
      ) : null;
    case "away":
      return <Words title={t.away} more={t.awayMore(page.stream.creator.display_name)} />;
    case "dark":
      return <Words title={t.away} more={t.darkMore(page.stream.creator.display_name)} />;
    case "unreachable":
      return <Words title={t.unreachable} more={t.unreachableMore} />;
    case "full":
      return (
        <Words title={t.full} more={t.fullMore}>
          <button type="button" class="btn btn-sm" onClick={() => visit.retryNow()}>
            {text.tryAgain}
          </button>
        </Words>
      );
    case "scheduled":
      return <Words title={t.scheduled} more={startWords(page)} />;
    case "failed":
      return (
        <Words title={t.failed} more={t.failedMore}>
          <button type="button" class="btn btn-sm" onClick={() => player.tryAgain()}>
            {text.tryAgain}
          </button>
        </Words>
      );
    case "refused":
      if (isAboutTickets(visit.refused.value)) return <TicketPart part="Gate" visit={visit} page={page} />;
      return <Refused visit={visit} page={page} />;
    case "ended": {
      if (visit.endReason.value === "staff") return <Stopped page={page} />;
      const seconds = visit.durationSeconds.value;
      return (
        <Words title={t.ended} more={seconds === null ? "" : text.stream.lasted(clock(seconds))}>
          <a class="btn btn-sm" href="/live">
            {text.stream.seeAll}
          </a>
        </Words>
      );
    }
  }
}

function Words({ title, more, children }: { title: string; more: string; children?: ComponentChildren }) {
  return (
    <div class="player-slate" role="status">
      <p class="player-slate-title">{title}</p>
      {more !== "" && <p>{more}</p>}
      {children}
    </div>
  );
}

/** Staff stopped it: the page soon shows nothing of it any more. Not all pages at the same moment. */
function Stopped({ page }: { page: StreamPage }) {
  useEffect(() => {
    if (page.isOwn || page.stream.status === "ended") return;
    const timer = setTimeout(() => location.reload(), 1000 + Math.random() * 3000);
    return () => clearTimeout(timer);
  }, []);
  return (
    <Words title={text.player.stopped} more="">
      <a class="btn btn-sm" href="/live">
        {text.stream.seeAll}
      </a>
    </Words>
  );
}

function Refused({ visit, page }: { visit: Visit; page: StreamPage }) {
  const t = text.player;
  const { code, help } = visit.refused.value ?? { code: "other", help: null };
  const title = code in t.refused ? t.refused[code as keyof typeof t.refused] : t.refused.other;
  if (help === "follow" && page.isSignedIn) {
    return (
      <Words title={title} more={t.refusedMore.follow}>
        <FollowButton model={followOf(page)} signInUrl={null} onFollowed={() => visit.knock()} />
      </Words>
    );
  }
  if (help === "confirm_age") {
    return (
      <Words title={title} more={t.refusedMore.confirm_age}>
        <button type="button" class="btn btn-sm" onClick={() => void visit.confirmAge()}>
          {t.ofAge}
        </button>
      </Words>
    );
  }
  if (code === "sign_in" || help === "sign_in" || help === "follow") {
    return (
      <Words title={title} more={t.refusedMore.sign_in}>
        <a class="btn btn-sm" href={page.links.signIn}>
          {t.signIn}
        </a>
      </Words>
    );
  }
  if (help === "ask_unban" && page.isSignedIn) {
    return (
      <Words title={title} more={t.refusedMore.none}>
        <a class="btn btn-sm" href={location.pathname}>
          {t.whyBanned}
        </a>
      </Words>
    );
  }
  return <Words title={title} more={t.refusedMore.none} />;
}

/** A note on what the picture costs, or why it is not its best; gone after three seconds with the controls. */
function Note({ player }: { player: Player }) {
  const t = text.player;
  if (!player.hasPicture.value) return null;
  if (player.line.value === "poor") {
    return (
      <p key="line" class="player-words player-note" role="status">
        {t.poorLine}
      </p>
    );
  }
  const note = savesData() ? t.dataSaver : isOnMobileData() ? t.mobileData : null;
  return note === null ? null : (
    <p key="data" class="player-words player-note">
      {note}
    </p>
  );
}

function startWords(page: StreamPage): string {
  const at = page.stream.scheduled_at;
  return at === null ? text.player.scheduledMore : text.stream.startsAt(momentOf(at));
}
