import type { Signal } from "@preact/signals";
import { api, ApiError } from "../../api/client";
import type { Card } from "../../api/types";
import { toast } from "../../ui/toast";
import { words } from "./words";

/** The streams that take up all the places, each to be opened or ended. */
export function Running({ streams }: { streams: Signal<readonly Card[]> }) {
  const end = async (id: string): Promise<void> => {
    try {
      await api(`/api/streams/${id}/end`, { method: "POST" });
      streams.value = streams.value.filter((stream) => stream.id !== id);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toast(words.refusal(error.code, error.retryAfterSeconds));
    }
  };
  return (
    <div class="golive-top trouble">
      <p>
        <strong>{words.block.too_many}</strong>
      </p>
      <ul class="running">
        {streams.value.map((stream) => (
          <li key={stream.id}>
            <a class="link flex-1" href={`/stream/broadcast/${stream.id}`}>
              {words.studioOf(stream.title)}
            </a>
            <button type="button" class="btn btn-sm" onClick={() => void end(stream.id)}>
              {words.end}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
