import { useSignal } from "@preact/signals";
import { ApiError } from "../../api/client";
import { Acts } from "./acts";
import type { Place } from "./place";
import { openSheet, SheetHead } from "./sheet";
import { words } from "./words";

const TEXT_MOST = 500;

/** Opens what somebody who is banned asks to come back with. */
export function openAsking(place: Place): void {
  openSheet((close) => <Asking place={place} close={close} />);
}

function Asking({ place, close }: { place: Place; close: () => void }) {
  const { asking } = words;
  const state = useSignal<"idle" | "sending" | "sent">("idle");
  const text = useSignal("");
  const problem = useSignal<string | null>(null);
  const said = text.value.trim();
  const send = async (): Promise<void> => {
    if (said === "") return;
    state.value = "sending";
    problem.value = null;
    try {
      await new Acts(place).askBack(said);
      state.value = "sent";
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      state.value = "idle";
      problem.value = words.refused(error);
    }
  };
  return (
    <>
      <SheetHead close={close}>
        <h2 id="mod-sheet-title" class="flex-1">
          {asking.title}
        </h2>
      </SheetHead>
      {state.value === "sent" ? (
        <p role="status">{asking.sent}</p>
      ) : (
        <form
          class="mod-form"
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          <p>{asking.more}</p>
          <label class="mod-field">
            {asking.text}
            <textarea class="textarea" rows={4} maxLength={TEXT_MOST} value={text.value} onInput={(event) => (text.value = event.currentTarget.value)} />
          </label>
          {problem.value !== null && (
            <p class="mod-failed" role="alert">
              {problem.value}
            </p>
          )}
          <button type="submit" class="btn btn-primary btn-sm" disabled={state.value === "sending" || said === ""}>
            {asking.send}
          </button>
        </form>
      )}
    </>
  );
}
