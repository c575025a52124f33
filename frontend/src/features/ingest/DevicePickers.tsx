import { useEffect, useState } from "preact/hooks";
import { saveChoice } from "./browser";
import { type Capture, CaptureError, type Device } from "./capture";
import { LevelMeter } from "./LevelMeter";
import { words } from "./words";

interface Props {
  capture: Capture;
  onProblem: (error: CaptureError | null) => void;
}

/** Which camera and which microphone, also while live. Lists follow what is plugged in. */
export function DevicePickers({ capture, onProblem }: Props) {
  const [devices, setDevices] = useState<{ cameras: Device[]; microphones: Device[] }>({ cameras: [], microphones: [] });
  const { stream } = capture.view.value;
  useEffect(() => {
    const look = (): void => void capture.devices().then(setDevices);
    look();
    return capture.onDevicesChanged(look);
  }, [capture, stream]);

  const pick = async (act: Promise<void>): Promise<void> => {
    onProblem(null);
    try {
      await act;
      saveChoice(capture.choice);
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      onProblem(error);
    }
  };

  return (
    <div class="device-pickers">
      <label>
        <span>{words.devices.camera}</span>
        <select
          class="select w-full"
          disabled={devices.cameras.length === 0}
          value={idOf(stream?.getVideoTracks()[0], devices.cameras)}
          onChange={(event) => void pick(capture.useCamera(event.currentTarget.value))}
        >
          {options(devices.cameras, words.devices.camera)}
        </select>
      </label>
      <label>
        <span>{words.devices.microphone}</span>
        <select
          class="select w-full"
          disabled={devices.microphones.length === 0}
          value={idOf(stream?.getAudioTracks()[0], devices.microphones)}
          onChange={(event) => void pick(capture.useMicrophone(event.currentTarget.value))}
        >
          {options(devices.microphones, words.devices.microphone)}
        </select>
        <LevelMeter track={capture.liveMicrophone} />
      </label>
    </div>
  );
}

/** What is really open, which may not be what was asked for. A shared screen is no camera. */
function idOf(track: MediaStreamTrack | undefined, devices: readonly Device[]): string {
  const id = track?.getSettings().deviceId ?? "";
  return devices.some((device) => device.id === id) ? id : (devices[0]?.id ?? "");
}

function options(devices: readonly Device[], kind: string) {
  return devices.map((device, index) => (
    <option key={device.id} value={device.id}>
      {device.label || words.devices.unnamed(kind, index + 1)}
    </option>
  ));
}
