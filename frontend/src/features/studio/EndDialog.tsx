import { useEffect, useRef } from "preact/hooks";
import type { Studio } from "./studio";
import { words } from "./words";

interface Props {
  studio: Studio;
  viewers: number;
  onClose: () => void;
}

/** Asks before it ends. The browser's own dialog keeps the focus in, and gives it back. */
export function EndDialog({ studio, viewers, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const state = studio.ending.value;
  return (
    <dialog class="modal" ref={dialog} onClose={onClose} aria-labelledby="end-heading">
      <div class="modal-box">
        <h2 id="end-heading">{words.endAsk(viewers)}</h2>
        <p>{words.endMore}</p>
        {state === "failed" && (
          <p class="trouble" role="alert">
            {words.endFailed}
          </p>
        )}
        <div class="modal-action">
          <button type="button" class="btn" onClick={() => dialog.current?.close()}>
            {words.endNo}
          </button>
          <button type="button" class="btn btn-primary" disabled={state === "pending"} onClick={() => void studio.end()}>
            {state === "pending" ? words.ending : words.endYes}
          </button>
        </div>
      </div>
    </dialog>
  );
}
