import { useEffect, useState } from "preact/hooks";
import { api, ApiError } from "../../api/client";
import type { Card, CardPage } from "../../api/types";
import { text } from "../../ui/text";
import { StreamCard } from "../live-grid/StreamCard";

const SHOWN = 3;

/** Where to go from a stream that has ended. Says nothing when there is nothing to say. */
export function Others({ exceptId }: { exceptId: string }) {
  const [cards, setCards] = useState<readonly Card[]>([]);
  useEffect(() => {
    const load = async (): Promise<void> => {
      try {
        const page = await api<CardPage>("/api/streams/live");
        setCards(page.results.filter((card) => card.id !== exceptId).slice(0, SHOWN));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
      }
    };
    void load();
  }, [exceptId]);
  if (cards.length === 0) return null;
  return (
    <section class="mt-6" aria-labelledby="others-title">
      <h2 id="others-title" class="section-title">
        {text.stream.othersLive}
      </h2>
      <ul class="card-grid">
        {cards.map((card) => (
          <StreamCard key={card.id} card={card} />
        ))}
      </ul>
    </section>
  );
}
