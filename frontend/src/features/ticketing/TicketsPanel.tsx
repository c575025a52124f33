import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, ApiError } from "../../api/client";
import { text } from "../../ui/text";
import { CodesEditor } from "./CodesEditor";
import { PromoCodes } from "./codes";
import { words as gateWords } from "./gate-words";
import { Lowering, type FullPrice } from "./lowering";
import { LowerPrice } from "./LowerPrice";
import { words } from "./words";

/** In the studio of a stream with a price: what it is, a lower one, and the codes that lower it for some. */
export function TicketsPanel({ streamId }: { streamId: string }) {
  const lowering = useSignal<Lowering | null>(null);
  const codes = useSignal<PromoCodes | null>(null);
  const hasFailed = useSignal(false);
  const load = async (): Promise<void> => {
    hasFailed.value = false;
    try {
      const price = await api<FullPrice>(`/api/streams/${streamId}/price`);
      lowering.value = new Lowering(price, streamId);
      codes.value = new PromoCodes(price.currency, streamId);
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
      {lowering.value && <p>{gateWords.price(lowering.value.price.value)}.</p>}
      {lowering.value && (
        <details class="ticket-codes">
          <summary>{words.lower.title}</summary>
          <LowerPrice lowering={lowering.value} />
        </details>
      )}
      {codes.value && (
        <details class="ticket-codes">
          <summary>{words.codes.title}</summary>
          <CodesEditor codes={codes.value} />
        </details>
      )}
    </section>
  );
}
