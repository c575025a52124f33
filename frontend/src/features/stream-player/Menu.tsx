import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import type { PlaybackKind } from "../stream/source";
import { Icon } from "../../ui/icon";
import { text } from "../../ui/text";
import { toast } from "../../ui/toast";
import { AUTO, type Level } from "./engine";
import type { Player } from "./player";

/** Size of the picture and way of watching, behind one button, since a phone has no room for them in its row. */
export function Menu({ player }: { player: Player }) {
  const isOpen = useSignal(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const panel = useId();

  useEffect(() => {
    const onPress = (event: Event): void => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) isOpen.value = false;
    };
    document.addEventListener("pointerdown", onPress);
    return () => document.removeEventListener("pointerdown", onPress);
  }, [isOpen]);

  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !isOpen.value) return;
    event.stopPropagation();
    isOpen.value = false;
    button.current?.focus();
  };
  const t = text.player;
  return (
    <div ref={root} class="player-settings" data-open={isOpen.value ? "" : undefined} onKeyDown={onKey}>
      <button
        ref={button}
        type="button"
        class="player-button"
        aria-label={t.settings}
        title={t.settings}
        aria-expanded={isOpen.value}
        aria-controls={panel}
        onClick={() => (isOpen.value = !isOpen.value)}
      >
        <Icon name="settings" />
      </button>
      <div id={panel} class="player-menu" role="group" aria-label={t.settings} hidden={!isOpen.value}>
        <Quality player={player} />
        <Way player={player} />
        {player.kind.value === "webrtc" && (
          <p class="player-menu-row">
            <span>{t.yourLine}</span>
            <span>{t.lines_[player.line.value]}</span>
          </p>
        )}
      </div>
    </div>
  );
}

function Quality({ player }: { player: Player }) {
  const levels = player.levels.value;
  if (levels.length < 2) return null;
  return (
    <label class="player-menu-row">
      <span>{text.player.quality}</span>
      <select
        class="player-quality"
        value={player.level.value}
        onChange={(event) => player.setLevel(Number(event.currentTarget.value))}
      >
        <option value={AUTO}>{text.player.auto}</option>
        {[...levels]
          .sort((a, b) => b.height - a.height || b.bitrate - a.bitrate)
          .map((level) => (
            <option key={level.index} value={level.index}>
              {nameOf(level)}
            </option>
          ))}
      </select>
    </label>
  );
}

/** Which way of watching is in use, and the other one where there is one. */
function Way({ player }: { player: Player }) {
  const t = text.player;
  const isAsking = useSignal(false);
  const kind = player.kind.value;
  if (kind === null) return null;
  const others = player.kinds.value.filter((other) => other !== kind);
  if (others.length === 0) {
    return (
      <p class="player-menu-row">
        <span>{t.way}</span>
        <span>{t.ways[kind]}</span>
      </p>
    );
  }
  const choose = async (wanted: PlaybackKind): Promise<void> => {
    isAsking.value = true;
    try {
      await player.choose(wanted);
    } catch {
      toast(t.wayFailed);
    } finally {
      isAsking.value = false;
    }
  };
  return (
    <label class="player-menu-row">
      <span>{t.way}</span>
      <select
        class="player-quality"
        value={kind}
        disabled={isAsking.value}
        onChange={(event) => void choose(event.currentTarget.value as PlaybackKind)}
      >
        {player.kinds.value.map((each) => (
          <option key={each} value={each}>
            {t.ways[each]}
          </option>
        ))}
      </select>
    </label>
  );
}

function nameOf(level: Level): string {
  return level.height > 0 ? text.player.lines(level.height) : text.player.source;
}
