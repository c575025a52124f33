import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, ApiError } from "../../api/client";
import { text } from "../../ui/text";
import type { Price } from "../stream/gate";
import { CodesEditor } from "./CodesEditor";
import { PromoCodes } from "./codes";
import { words as gateWords } from "./gate-words";
import { words } from "./words";

/** In the studio of a stream with a price: what it is, and the codes that lower it. */
export function TicketsPanel({ streamId }: { streamId: string }) {
  const price = useSignal<Price | null>(null);
  const codes = useSignal<PromoCodes | null>(null);
  const hasFailed = useSignal(false);
  const load = async (): Promise<void> => {
    hasFailed.value = false;
    try {
      price.value = await api<Price>(`/api/streams/${streamId}/price`);
      codes.value = new PromoCodes(price.value.currency, streamId);
      await codes.value.load();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      hasFailed.value = true;
    }
  };
  useEffect(() => void load(), []);
  return (
    <section class="panel" aria-labelledby="tickets-heading">
      <h2 id="tickets-heading">{words.panel.title}</h2>
      {hasFailed.value && (
        <p class="trouble" role="alert">
          <span>{words.panel.failed}</span>
          <button type="button" class="btn btn-sm" onClick={() => void load()}>
            {text.tryAgain}
          </button>
        </p>
      )}
      {price.value && <p>{gateWords.price(price.value)}.</p>}
      {codes.value && (
        <details class="ticket-codes">
          <summary>{words.codes.title}</summary>
          <CodesEditor codes={codes.value} />
        </details>
      )}
    </section>
  );
}
