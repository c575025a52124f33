import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../../ui/icon";
import { words } from "./words";

interface Props {
  stream: MediaStream | null;
  cameraOff: boolean;
}

/** One's own picture, silent, and the way round that viewers see it. */
export function Preview({ stream, cameraOff }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
  }, [stream]);
  return (
    <div class="preview">
      <video ref={video} muted autoPlay playsInline aria-label={words.devices.preview} />
      {(stream === null || cameraOff) && (
        <p class="preview-empty">
          <Icon name="camera-off" />
          <span class="sr-only">{words.devices.noPicture}</span>
        </p>
      )}
    </div>
  );
}
