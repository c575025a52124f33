import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { api } from "../../api/client";
import { openCapture } from "../ingest/browser";
import { CaptureError } from "../ingest/capture";
import { DevicePickers } from "../ingest/DevicePickers";
import { GoalPanel } from "../gift-goal/GoalPanel";
import { GuestsPanel } from "../guests/Panel";
import { Preview } from "../ingest/Preview";
import { deviceWords } from "../ingest/words";
import { ChatPanel } from "../room/ChatPanel";
import type { ChatLinks } from "../room/Composer";
import { type StreamFacts, type Visit, visitOf } from "../stream/visit";
import { arePaymentsOn } from "../../ui/payments";
import { broadcastFor } from "../sending/browser";
import { TicketsPanel } from "../ticketing/TicketsPanel";
import { EndDialog } from "./EndDialog";
import { graceLeft, healthOf } from "./health";
import { Activity, After, Upload } from "./Panels";
import { Strip } from "./Strip";
import { Studio, type Summary } from "./studio";
import { Troubles } from "./Troubles";
import { useNow } from "./useNow";
import { type Remedy, type Trouble, troubleOf, words } from "./words";

interface Props {
  stream: StreamFacts & { url: string; visibility: string; ticketed: boolean };
  /** Pictures arrive already, from wherever. */
  sending_elsewhere: boolean;
  grace_seconds: number;
  channel_url: string;
  links: ChatLinks;
}

/** This tab sends that stream: after a reload it goes on by itself, where another tab would ask first. */
const SENDER_KEY = "busk:sending";

export default function StudioIsland(props: Props) {
  const { stream } = props;
  const visit = visitOf(stream, { as: "studio" });
  const { studio, capture, session } = useMemo(() => makeStudio(stream.id, visit), []);
  const askingEnd = useSignal(false);
  const deviceError = useSignal<CaptureError | null>(null);
  const startsBySelf = useMemo(() => !props.sending_elsewhere || sessionStorage.getItem(SENDER_KEY) === stream.id, []);

  useEffect(() => {
    const leaveRoom = visit.enter();
    if (startsBySelf && !visit.isOver.value) session.start();
    const stopHelping = comeBackBySelf(() => {
      session.nudge();
      visit.retryNow();
    });
    return () => {
      stopHelping();
      leaveRoom();
      studio.leave();
    };
  }, []);

  const view = session.view.value;
  const startsSoon = view.phase === "idle" && startsBySelf;
  const isSending = view.phase === "sending";
  useEffect(() => {
    if (!isSending) return undefined;
    sessionStorage.setItem(SENDER_KEY, stream.id);
    return askBeforeLeaving();
  }, [isSending]);

  const now = useNow(!studio.over.value);
  if (studio.over.value) {
    return (
      <After
        streamId={stream.id}
        summary={studio.summary.value}
        title={visit.title.value}
        channelUrl={props.channel_url}
      />
    );
  }

  const captured = capture.view.value;
  const wasLive = visit.startedAt.value !== null;
  // A room sends the camera beside the screen, a relay has one picture.
  const showsCorner = view.figures?.by === "room" && captured.sharingScreen && !captured.cameraOff;
  const troubles: Trouble[] = [];
  const trouble = troubleOf(view, {
    microphone: captured.microphoneProblem,
    secondsLeft: graceLeft(view, wasLive, props.grace_seconds, now),
    graceSeconds: props.grace_seconds,
    wasLive,
  });
  if (trouble !== null && !startsSoon) troubles.push(trouble);
  if (deviceError.value !== null) troubles.push({ ...deviceWords(deviceError.value), action: null });

  const withDevice = async (use: () => Promise<unknown>): Promise<void> => {
    deviceError.value = null;
    try {
      await use();
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      // Closing the browser's question about the screen is an answer, not an error.
      if (error.device !== "screen" || error.problem !== "denied") deviceError.value = error;
    }
  };
  const act = async (remedy: Remedy): Promise<void> => {
    if (remedy === "sign_in") location.assign(`/accounts/login/?next=${location.pathname}`);
    else if (remedy === "microphone") await withDevice(() => capture.useMicrophone(capture.choice.microphoneId));
    else if (view.phase === "reconnecting") session.nudge();
    else session.start();
  };

  return (
    <div class="studio-grid">
      <div class="studio-stage">
        <div class="studio-title">
          <h1>{visit.title.value}</h1>
          <a class="btn btn-sm" href={stream.url} target="_blank" rel="noopener">
            {words.viewersPage}
          </a>
        </div>
        <Preview
          stream={captured.stream}
          cameraOff={captured.cameraOff && !captured.sharingScreen}
          corner={showsCorner ? captured.tracks.camera : null}
        />
        <Strip
          visit={visit}
          capture={capture}
          health={startsSoon ? "connecting" : healthOf(view)}
          unconfirmed={view.unconfirmed}
          now={now}
          onScreen={() => void withDevice(() => (captured.sharingScreen ? capture.stopScreen() : capture.shareScreen()))}
          onEnd={() => (askingEnd.value = true)}
        />
        <Troubles troubles={troubles} onAct={(remedy) => void act(remedy)} />
        <div class="studio-panels">
          <Activity visit={visit} />
          <Upload view={view} />
          {arePaymentsOn() && <GoalPanel streamId={stream.id} visit={visit} />}
          {stream.visibility === "invited" && <GuestsPanel streamId={stream.id} />}
          {stream.ticketed && <TicketsPanel streamId={stream.id} />}
          <section class="panel" aria-labelledby="devices-heading">
            <h2 id="devices-heading">{words.devices}</h2>
            <DevicePickers capture={capture} onProblem={(error) => (deviceError.value = error)} />
          </section>
        </div>
      </div>
      <aside class="studio-side">
        <ChatPanel visit={visit} links={props.links} moderates startsModerating={isWide()} />
      </aside>
      {askingEnd.value && (
        <EndDialog studio={studio} viewers={visit.viewers.value} onClose={() => (askingEnd.value = false)} />
      )}
    </div>
  );
}

/** Where the column and the chat fit beside or over each other. */
function isWide(): boolean {
  return matchMedia("(min-width: 64rem)").matches;
}

function makeStudio(streamId: string, visit: Visit) {
  const capture = openCapture();
  const session = broadcastFor(streamId, capture, visit);
  const studio = new Studio({
    capture,
    session,
    isOver: visit.isOver,
    end: () => api(`/api/streams/${streamId}/end`, { method: "POST" }),
    summary: () => api<Summary>(`/stream/broadcast/${streamId}/summary`),
  });
  return { studio, capture, session };
}

/** The network is back, the lid is open again, the tab is looked at: good moments not to wait. */
function comeBackBySelf(act: () => void): () => void {
  const onVisible = (): void => {
    if (document.visibilityState === "visible") act();
  };
  window.addEventListener("online", act);
  document.addEventListener("visibilitychange", onVisible);
  return () => {
    window.removeEventListener("online", act);
    document.removeEventListener("visibilitychange", onVisible);
  };
}

function askBeforeLeaving(): () => void {
  const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
  window.addEventListener("beforeunload", ask);
  return () => window.removeEventListener("beforeunload", ask);
}
