import type { ComponentChildren } from "preact";
import { text } from "../../ui/text";
import { clock } from "../../ui/times";
import { EarnedInAll, EarningsLink } from "../earned/Counter";
import { rate } from "../ingest/words";
import type { RelayFigures, RoomFigures, SenderView } from "../sending/sender";
import type { Visit } from "../stream/visit";
import { toldOf } from "./news";
import type { Summary } from "./studio";
import { words } from "./words";

const ACTIVITY_MOST = 50;

/** Who came in, and who gave what, newest first. */
export function Activity({ visit }: { visit: Visit }) {
  const news = visit.chat.log.rows.value
    .map((row) => ({ key: row.key, told: toldOf(row) }))
    .filter(({ told }) => told !== "")
    .slice(-ACTIVITY_MOST)
    .reverse();
  return (
    <section class="panel" aria-labelledby="activity-heading">
      <h2 id="activity-heading">{words.activity}</h2>
      {news.length === 0 ? (
        <p class="quiet">{words.activityEmpty}</p>
      ) : (
        <ul class="activity">
          {news.map(({ key, told }) => (
            <li key={key}>{told}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** The upload in figures, for those who want to know more than the word. */
export function Upload({ view }: { view: SenderView }) {
  const { figures } = view;
  return (
    <section class="panel" aria-labelledby="upload-heading">
      <h2 id="upload-heading">{words.upload}</h2>
      {figures === null && <p class="quiet">{words.uploadEmpty}</p>}
      {figures?.by === "relay" && <RelayUpload view={view} figures={figures} />}
      {figures?.by === "room" && <RoomUpload view={view} figures={figures} />}
    </section>
  );
}

function RelayUpload({ view, figures }: { view: SenderView; figures: RelayFigures }) {
  return (
    <dl class="figures">
      <Figure name={words.uploadRate}>{rate(view.bitrate)}</Figure>
      <Figure name={words.uploadTarget}>{rate(view.targetBitrate)}</Figure>
      <Figure name={words.uploadBehind}>{words.seconds(figures.unackedSeconds)}</Figure>
      <Figure name={words.uploadDropped}>{words.chunks(figures.droppedChunks)}</Figure>
    </dl>
  );
}

function RoomUpload({ view, figures }: { view: SenderView; figures: RoomFigures }) {
  const { quality, framesPerSecond, lost, roundTripMs } = figures;
  return (
    <dl class="figures">
      <Figure name={words.uploadQuality}>{quality === null ? words.none : words.qualities[quality]}</Figure>
      <Figure name={words.uploadLayers}>{view.phase === "sending" ? words.sizes(figures) : words.none}</Figure>
      <Figure name={words.uploadSending}>{rate(view.bitrate)}</Figure>
      <Figure name={words.uploadTarget}>{rate(view.targetBitrate)}</Figure>
      <Figure name={words.uploadFrames}>{framesPerSecond === null ? words.none : words.frames(framesPerSecond)}</Figure>
      <Figure name={words.uploadLost}>{lost === null ? words.none : words.share(lost)}</Figure>
      <Figure name={words.uploadTrip}>{roundTripMs === null ? words.none : words.milliseconds(roundTripMs)}</Figure>
    </dl>
  );
}

interface AfterProps {
  streamId: string;
  summary: Summary | null;
  title: string;
  channelUrl: string;
}

/** After the end: what happened, and where to go from here. */
export function After({ streamId, summary, title, channelUrl }: AfterProps) {
  const { after } = words;
  return (
    <div class="after">
      <h1>{after.heading}</h1>
      <p>
        <strong>{title}</strong> {summary !== null && after.reasons[summary.end_reason]}
      </p>
      {summary?.refusal?.code === "held_by_staff" && (
        <div class="trouble" role="alert">
          {summary.refusal.details.reason !== undefined && <p>{after.why(summary.refusal.details.reason)}</p>}
          <p>{after.held}</p>
          <a class="link" href="/account/notices">
            {after.notices}
          </a>
        </div>
      )}
      {summary === null ? (
        <div class="skeleton-block after-numbers" />
      ) : (
        <dl class="figures after-numbers">
          <Figure name={after.length}>{clock(summary.duration_seconds)}</Figure>
          <Figure name={after.viewers}>{text.number(summary.viewers)}</Figure>
          <Figure name={after.peak}>{text.number(summary.peak)}</Figure>
          <Figure name={after.watched}>{clock(summary.watched_seconds)}</Figure>
          <Figure name={after.followers}>{text.number(summary.new_followers)}</Figure>
          <EarnedInAll streamId={streamId} />
        </dl>
      )}
      <p class="after-next">
        <a class="btn btn-primary" href="/creator/go-live">
          {after.again}
        </a>
        <a class="btn" href={channelUrl}>
          {after.channel}
        </a>
        <EarningsLink />
      </p>
    </div>
  );
}

function Figure({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="tabular">{children}</dd>
    </div>
  );
}
