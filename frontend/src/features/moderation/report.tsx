import { useSignal } from "@preact/signals";
import { api, ApiError } from "../../api/client";
import { openSheet, SheetHead } from "./sheet";
import { words } from "./words";

const NOTE_MOST = 1000;

export interface Subject {
  readonly kind: "message" | "user" | "stream";
  readonly id: string;
  /** What it is, so that nobody reports the wrong thing. */
  readonly about: string;
}

/** Opens what one tells the people who run the site about a message, a person or a stream. */
export function openReport(reader: { readonly isGuest: boolean; readonly signInUrl: string }, subject: Subject): void {
  openSheet((close) => <Report subject={subject} signInUrl={reader.isGuest ? reader.signInUrl : null} close={close} />);
}

function Report({ subject, signInUrl, close }: { subject: Subject; signInUrl: string | null; close: () => void }) {
  const state = useSignal<"idle" | "sending" | "sent">("idle");
  const category = useSignal("");
  const note = useSignal("");
  const problem = useSignal<string | null>(null);
  const { report } = words;
  const send = async (): Promise<void> => {
    if (category.value === "") {
      problem.value = report.choose;
      return;
    }
    state.value = "sending";
    problem.value = null;
    try {
      const body = { subject: subject.kind, subject_id: subject.id, category: category.value, note: note.value.trim() };
      await api("/api/reports", { method: "POST", body });
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
          {report.title[subject.kind]}
        </h2>
      </SheetHead>
      <p class="mod-quote">
        <span class="quiet">{report.about[subject.kind]}:</span> <q>{subject.about}</q>
      </p>
      {signInUrl !== null ? (
        <p class="mod-acts">
          {report.signIn}{" "}
          <a class="btn btn-sm btn-primary" href={signInUrl}>
            {words.signIn}
          </a>
          <a class="btn btn-sm" href="/legal/notice">
            {report.form}
          </a>
        </p>
      ) : state.value === "sent" ? (
        <div class="mod-form" role="status">
          <p>{report.sent}</p>
          <p class="quiet">{report.sentMore}</p>
          <button type="button" class="btn btn-sm btn-primary" onClick={close}>
            {report.done}
          </button>
        </div>
      ) : (
        <form
          class="mod-form"
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          <fieldset class="mod-categories">
            <legend>{report.what}</legend>
            {report.categories.map(([key, label]) => (
              <label key={key} class="check-line">
                <input
                  type="radio"
                  class="radio radio-sm"
                  name="category"
                  value={key}
                  checked={category.value === key}
                  onChange={() => (category.value = key)}
                />
                {label}
              </label>
            ))}
          </fieldset>
          <label class="mod-field">
            {report.note}
            <textarea
              class="textarea"
              rows={3}
              maxLength={NOTE_MOST}
              value={note.value}
              onInput={(event) => (note.value = event.currentTarget.value)}
            />
          </label>
          {problem.value !== null && (
            <p class="mod-failed" role="alert">
              {problem.value}
            </p>
          )}
          <button type="submit" class="btn btn-primary btn-sm" disabled={state.value === "sending"}>
            {state.value === "sending" ? report.sending : report.send}
          </button>
        </form>
      )}
    </>
  );
}
