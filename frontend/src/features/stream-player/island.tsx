import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { pageLayout } from "../stream/layout";
import type { StreamPage } from "../stream/page";
import { visitOf } from "../stream/visit";
import { Icon } from "../../ui/icon";
import { text } from "../../ui/text";
import { Controls } from "./Controls";
import { prepareEngine } from "./engine";
import { keyAction, type KeyAction } from "./keys";
import { Player } from "./player";
import { Slate } from "./Slate";
import { TicketPart } from "./TicketPart";

const CONTROLS_MS = 3000;
const VOLUME_STEP = 0.1;

export default function StreamPlayerIsland(page: StreamPage) {
  const visit = visitOf(page.stream);
  const layout = pageLayout();
  const video = useRef<HTMLVideoElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const [player, setPlayer] = useState<Player | null>(null);
  const awake = useSignal(true);

  useEffect(() => {
    if (!video.current) return;
    if (!visit.isOver.value) prepareEngine(page.usualKind);
    const made = new Player(visit, { picture: video.current, corner: cornerVideo() });
    setPlayer(made);
    const stop = made.start();
    const leave = visit.enter();
    return () => {
      stop();
      leave();
    };
  }, [visit]);

  // The controls go when nobody moves, so that the picture is whole.
  const timer = useRef<number>(undefined);
  const wake = (): void => {
    awake.value = true;
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => (awake.value = false), CONTROLS_MS);
  };
  useEffect(() => {
    wake();
    return () => window.clearTimeout(timer.current);
  }, []);

  useEffect(() => {
    const act = (action: KeyAction): void => {
      if (!player || !video.current) return;
      const actions: Record<KeyAction, () => void> = {
        play: () => player.togglePlay(),
        mute: () => player.toggleMute(),
        louder: () => player.setVolume(player.volume.value + VOLUME_STEP),
        quieter: () => player.setVolume(player.volume.value - VOLUME_STEP),
        live: () => player.catchUp(),
        theatre: () => layout.toggleTheatre(),
        chat: () => layout.toggleChat(),
        fullscreen: () => void layout.toggleFullScreen(video.current as HTMLVideoElement),
      };
      actions[action]();
      wake();
    };
    const onKey = (event: KeyboardEvent): void => {
      const target = event.target instanceof HTMLElement ? event.target : document.body;
      const action = keyAction({
        key: event.key,
        hasModifier: event.ctrlKey || event.metaKey || event.altKey,
        isTyping: target.matches("input:not([type=range]), textarea, select, [contenteditable]"),
        isOnControl: target.matches("button, a, summary, input"),
        isOnPicture: target === document.body || frame.current?.contains(target) === true,
      });
      if (action === null) return;
      event.preventDefault();
      act(action);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [player]);

  /** A finger first brings the controls; a mouse, which has them already, plays and pauses. */
  const onPicture = (event: PointerEvent): void => {
    if (!player) return;
    const wasAwake = awake.value;
    wake();
    if (player.offersSound.value) player.toggleMute();
    else if (event.pointerType === "mouse") player.togglePlay();
    else if (wasAwake) awake.value = false;
  };

  const phase = player?.phase.value ?? "loading";
  return (
    <div
      ref={frame}
      class="player"
      role="region"
      aria-label={text.player.label}
      data-phase={phase}
      data-awake={awake.value || phase === "paused" ? "" : undefined}
      onPointerMove={(event) => event.pointerType === "mouse" && wake()}
      onFocusCapture={wake}
    >
      <video
        ref={video}
        class="player-video"
        playsInline
        muted
        {...(page.poster === null ? {} : { poster: page.poster })}
        onClick={(event) => onPicture(event as unknown as PointerEvent)}
      />
      {player && (
        <>
          {player.hasCorner.value && <Corner video={player.screens.corner} />}
          {(phase === "loading" || phase === "stalled") && <span class="player-line" aria-hidden="true" />}
          <Slate player={player} visit={visit} page={page} />
          {visit.previewEndsAt.value !== null && phase !== "ended" && <TicketPart part="PreviewBar" visit={visit} page={page} />}
          {player.offersSound.value && (
            <button type="button" class="player-sound" onClick={() => player.toggleMute()}>
              <Icon name="muted" /> {text.player.tapForSound}
            </button>
          )}
          {phase !== "ended" && phase !== "refused" && phase !== "scheduled" && (
            <Controls player={player} layout={layout} video={video} />
          )}
        </>
      )}
    </div>
  );
}

function cornerVideo(): HTMLVideoElement {
  const video = document.createElement("video");
  video.muted = video.playsInline = video.autoplay = true;
  return video;
}

/** The camera beside a shared screen. The element is the player's own, so that pictures may come before it is seen. */
function Corner({ video }: { video: HTMLVideoElement }) {
  const host = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    host.current?.append(video);
    return () => video.remove();
  }, [video]);
  return <div ref={host} class="player-corner" aria-hidden="true" />;
}
