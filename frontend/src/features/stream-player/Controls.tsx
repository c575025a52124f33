import type { RefObject } from "preact";
import { Icon } from "../../ui/icon";
import { text } from "../../ui/text";
import type { Layout } from "../stream/layout";
import { Menu } from "./Menu";
import { LIVE_WITHIN_SECONDS, type Player } from "./player";

interface Props {
  player: Player;
  layout: Layout;
  video: RefObject<HTMLVideoElement | null>;
}

export function Controls({ player, layout, video }: Props) {
  const t = text.player;
  const isPaused = player.phase.value === "paused";
  const isFull = layout.fullScreen.value;
  const withVideo = (act: (element: HTMLVideoElement) => Promise<unknown>) => (): void => {
    // Both are refused without a gesture or a picture; then nothing happens, as the viewer sees.
    if (video.current) act(video.current).catch(() => undefined);
  };
  return (
    <div class="player-controls">
      <Button label={isPaused ? t.play : t.pause} icon={isPaused ? "play" : "pause"} keys="Space" act={() => player.togglePlay()} />
      <Button
        label={player.muted.value ? t.unmute : t.mute}
        icon={player.muted.value ? "muted" : "volume"}
        keys="m"
        act={() => player.toggleMute()}
      />
      <input
        type="range"
        class="player-volume"
        min={0}
        max={1}
        step={0.05}
        value={player.muted.value ? 0 : player.volume.value}
        aria-label={t.volume}
        onInput={(event) => player.setVolume(Number(event.currentTarget.value))}
      />
      <Latency player={player} />
      <span class="flex-1" />
      <Menu player={player} />
      <Button
        label={layout.isChatOpen ? t.hideChat : t.showChat}
        icon={layout.isChatOpen ? "chat-off" : "chat"}
        keys="c"
        class="player-chat-toggle"
        act={() => layout.toggleChat()}
      />
      {document.pictureInPictureEnabled && (
        <Button
          label={t.pictureInPicture}
          icon="pip"
          class="player-pip"
          act={withVideo((element) =>
            document.pictureInPictureElement ? document.exitPictureInPicture() : element.requestPictureInPicture(),
          )}
        />
      )}
      <Button
        label={layout.theatre.value ? t.leaveTheatre : t.theatre}
        icon="theatre"
        keys="t"
        class="player-theatre"
        act={() => layout.toggleTheatre()}
      />
      <Button
        label={isFull ? t.leaveFullScreen : t.fullScreen}
        icon={isFull ? "fullscreen-exit" : "fullscreen"}
        keys="f"
        act={withVideo((element) => layout.toggleFullScreen(element))}
      />
    </div>
  );
}

interface ButtonProps {
  label: string;
  icon: string;
  act: () => void;
  keys?: string;
  class?: string;
}

function Button({ label, icon, act, keys, class: classes = "" }: ButtonProps) {
  return (
    <button
      type="button"
      class={`player-button ${classes}`}
      aria-label={label}
      title={keys === undefined ? label : `${label} (${keys})`}
      {...(keys === undefined ? {} : { "aria-keyshortcuts": keys })}
      onClick={act}
    >
      <Icon name={icon} />
    </button>
  );
}

/** "Live", or how far behind; a press goes back to now. */
function Latency({ player }: { player: Player }) {
  const behind = player.behindSeconds.value;
  if (behind === null || player.phase.value === "away") return null;
  const seconds = Math.round(behind);
  const isLive = behind <= LIVE_WITHIN_SECONDS && player.phase.value !== "paused";
  if (isLive) return <span class="player-latency live-mark">{text.player.isLive}</span>;
  return (
    <button
      type="button"
      class="player-latency player-behind tabular"
      aria-label={text.player.catchUp(seconds)}
      onClick={() => {
        player.catchUp();
        player.play();
      }}
    >
      {text.player.behind(seconds)}
    </button>
  );
}
