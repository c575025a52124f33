import { useEffect, useMemo } from "preact/hooks";
import type { CardPage } from "../../api/types";
import { RoomSocket } from "../../realtime/socket";
import type { ServerEvent } from "../../realtime/events.gen";
import { Icon } from "../../ui/icon";
import { text } from "../../ui/text";
import { LiveGrid } from "./grid";
import { StreamCard } from "./StreamCard";

/** The grid of /live, kept right by the lobby. */
export default function LiveGridIsland({ page }: { page: CardPage }) {
  const grid = useMemo(() => new LiveGrid(page), [page]);
  useEffect(() => {
    const lobby = enterLobby(grid);
    return () => lobby.stop();
  }, [grid]);
  if (grid.cards.value.length === 0) {
    return (
      <div class="empty-state">
        <Icon name="camera" class="size-10" />
        <p class="font-semibold">{text.grid.empty}</p>
        <p class="quiet">{text.grid.emptyMore}</p>
      </div>
    );
  }
  return (
    <>
      <ul class="card-grid">
        {grid.cards.value.map((card) => (
          <StreamCard key={card.id} card={card} />
        ))}
      </ul>
      <More grid={grid} />
    </>
  );
}

function More({ grid }: { grid: LiveGrid }) {
  if (grid.more.value === "none") return null;
  return (
    <div class="mt-6 flex flex-col items-center gap-2">
      {grid.more.value === "failed" && <p role="alert">{text.grid.moreFailed}</p>}
      <button type="button" class="btn" disabled={grid.more.value === "loading"} onClick={() => void grid.loadMore()}>
        {grid.more.value === "failed" ? text.tryAgain : text.grid.more}
      </button>
    </div>
  );
}

/** Anybody may enter the lobby, and nothing in it is stored: what went by unheard is in the list. */
function enterLobby(grid: LiveGrid): RoomSocket<ServerEvent> {
  const lobby = new RoomSocket<ServerEvent>({
    join: () => Promise.resolve("/ws/live/"),
    eventsAfter: null,
    refusal: () => null,
    retryAfter: () => null,
    onEvent: (event) => grid.handle(event),
    onWelcome: () => void grid.refresh(),
    onStatus: () => undefined,
  });
  lobby.start();
  return lobby;
}
