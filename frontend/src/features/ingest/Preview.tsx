import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../../ui/icon";
import { words } from "./words";

interface Props {
  stream: MediaStream | null;
  cameraOff: boolean;
  /** The camera beside a shared screen, where viewers see both. */
  corner?: MediaStreamTrack | null;
}

/** One's own picture, silent, and the way round that viewers see it. */
export function Preview({ stream, cameraOff, corner = null }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
  }, [stream]);
  return (
    <div class="preview">
      <video ref={video} muted autoPlay playsInline aria-label={words.devices.preview} />
      {corner !== null && <Corner track={corner} />}
      {(stream === null || cameraOff) && (
        <p class="preview-empty">
          <Icon name="camera-off" />
          <span class="sr-only">{words.devices.noPicture}</span>
        </p>
      )}
    </div>
  );
}

function Corner({ track }: { track: MediaStreamTrack }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = new MediaStream([track]);
  }, [track]);
  return <video class="preview-corner" ref={video} muted autoPlay playsInline aria-label={words.devices.corner} />;
}
