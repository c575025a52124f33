import { useSignal } from "@preact/signals";
import { api, ApiError } from "../../api/client";
import { words } from "../guests/words";

/** Where an invitation's link leads. Its secret stands after the #, so it reaches the server only by this button. */
export default function InviteIsland() {
  const problem = useSignal<string | null>(location.hash.length > 1 ? null : words.unknown);
  const isBusy = useSignal(false);
  const accept = async (): Promise<void> => {
    isBusy.value = true;
    try {
      const body = { token: location.hash.slice(1) };
      const answer = await api<{ stream_url: string }>("/api/invitations/accept", { method: "POST", body });
      location.replace(answer.stream_url);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      isBusy.value = false;
      problem.value = { 404: words.unknown, 400: words.unknown, 410: words.spent }[error.status] ?? words.failed;
    }
  };
  return (
    <>
      <p role="status">{problem.value ?? words.invitation}</p>
      {problem.value !== words.unknown && problem.value !== words.spent && (
        <button class="btn btn-primary" type="button" disabled={isBusy.value} onClick={() => void accept()}>
          {words.accept}
        </button>
      )}
    </>
  );
}
