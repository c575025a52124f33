import type { Card } from "../../api/types";
import { Icon } from "../../ui/icon";
import { text } from "../../ui/text";
import { pageMarks } from "./marks";

/** One live stream. The twin of templates/includes/stream_card.html, which the server draws first. */
export function StreamCard({ card }: { card: Card }) {
  const { creator, thumbnail, viewers } = card;
  return (
    <li class="stream-card" data-stream={card.id}>
      <a href={card.url} class="stream-card-link">
        <span class="stream-card-picture">
          {thumbnail ? (
            <img
              src={thumbnail.medium}
              srcset={`${thumbnail.small} 320w, ${thumbnail.medium} 640w`}
              sizes="(min-width: 64rem) 20rem, (min-width: 40rem) 50vw, 100vw"
              width={640}
              height={360}
              alt=""
              loading="lazy"
            />
          ) : (
            <Icon name="camera" class="stream-card-blank" />
          )}
          {card.ticketed && <span class="ticket-mark">{pageMarks().of(card.id)}</span>}
          <span class="stream-card-marks">
            <span class="live-mark">{text.stream.live}</span>
            <span class="count-mark tabular">{text.watching(viewers.current)}</span>
          </span>
        </span>
        <span class="stream-card-title">{card.title}</span>
        <span class="stream-card-creator">{creator.display_name}</span>
      </a>
    </li>
  );
}
