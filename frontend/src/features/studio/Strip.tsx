import { Icon } from "../../ui/icon";
import { text } from "../../ui/text";
import { clock, secondsSince } from "../../ui/times";
import { Counter } from "../earned/Counter";
import type { Capture, DeviceKind } from "../ingest/capture";
import type { Visit } from "../stream/visit";
import type { Health } from "./health";
import { words } from "./words";

interface Props {
  visit: Visit;
  capture: Capture;
  health: Health;
  /** Whose switch the server has not confirmed yet. */
  unconfirmed: readonly DeviceKind[];
  now: number;
  onScreen: () => void;
  onEnd: () => void;
}

/** The line that never moves: how it goes, and the switches that must be found without looking. */
export function Strip({ visit, capture, health, unconfirmed, now, onScreen, onEnd }: Props) {
  const isPending = (device: DeviceKind): boolean => unconfirmed.includes(device);
  const { muted, cameraOff, sharingScreen } = capture.view.value;
  // When the line is cut, the room cannot tell us that viewers see us away.
  const isAway = visit.stage.value === "paused" || health === "reconnecting";
  const canShare = "mediaDevices" in navigator && "getDisplayMedia" in navigator.mediaDevices;
  return (
    <div class="strip">
      <div class="strip-facts">
        <State visit={visit} now={now} away={isAway} />
        <span class="strip-viewers tabular" title={text.viewers(visit.viewers.value)}>
          <Icon name="people" />
          <span aria-hidden="true">{text.number(visit.viewers.value)}</span>
          <span class="sr-only">{text.viewers(visit.viewers.value)}</span>
        </span>
        <Counter streamId={visit.facts.id} room={visit} />
        <span class={`health health-${health}`} role="status">
          <span class="sr-only">{words.healthLabel}: </span>
          {words.health[health]}
        </span>
      </div>
      <div class="strip-actions">
        <Switch
          icon={muted ? "microphone-off" : "microphone"}
          label={words.microphone(muted, isPending("microphone"))}
          widest={words.microphone(false, true)}
          on={muted}
          pending={isPending("microphone")}
          onClick={() => capture.mute(!muted)}
        />
        <Switch
          icon={cameraOff ? "camera-off" : "camera"}
          label={words.camera(cameraOff, isPending("camera"))}
          widest={words.camera(false, false)}
          on={cameraOff}
          pending={isPending("camera")}
          onClick={() => capture.turnCameraOff(!cameraOff)}
        />
        {canShare && (
          <Switch
            icon="screen"
            label={sharingScreen ? words.stopScreen : words.shareScreen}
            widest={words.shareScreen}
            on={sharingScreen}
            onClick={onScreen}
          />
        )}
        <button type="button" class="btn btn-end" onClick={onEnd}>
          <Icon name="stop" /> {words.end}
        </button>
      </div>
    </div>
  );
}

function State({ visit, now, away }: { visit: Visit; now: number; away: boolean }) {
  const startedAt = visit.startedAt.value;
  if (startedAt === null) return <span class="quiet">{words.notLive}</span>;
  return (
    <span class="strip-state">
      <span class={away ? "away-mark" : "live-mark"}>{away ? words.away : words.live}</span>
      <time class="tabular">{clock(secondsSince(startedAt, now))}</time>
    </span>
  );
}

interface SwitchProps {
  icon: string;
  label: string;
  /** The longest that the label may become. */
  widest: string;
  on: boolean;
  pending?: boolean;
  onClick: () => void;
}

function Switch({ icon, label, widest, on, pending = false, onClick }: SwitchProps) {
  return (
    <button
      type="button"
      class={`btn strip-switch ${on ? "is-on" : ""}`}
      aria-busy={pending}
      onClick={onClick}
      title={label}
    >
      <Icon name={icon} />
      <span class="strip-label">
        <span>{label}</span>
        <span class="strip-widest" aria-hidden="true">
          {widest}
        </span>
      </span>
    </button>
  );
}
