import { text } from "../../ui/text";
import { Icon } from "../../ui/icon";
import type { Leaderboard } from "../gifts/types";
import type { Hidden } from "../room/hidden";
import type { Board } from "./board";
import { words } from "./words";

/** Everybody who has left is called so, and has no channel. */
export const DELETED = "deleted";

type Place = Leaderboard["places"][number];

interface Props {
  board: Board;
  /** Whose names the reader does not see; their places stay. */
  hidden?: Hidden | null;
}

/** The ten who gave most. */
export function Places({ board, hidden = null }: Props) {
  const shown = board.board.value;
  if (shown === null) {
    if (board.state.value === "loading") {
      return <span class="skeleton-block board-skeleton" role="status" aria-label={words.loading} />;
    }
    return (
      <p class="quiet" role="alert">
        {words.failed}{" "}
        <button type="button" class="btn btn-sm" onClick={() => void board.load()}>
          {text.tryAgain}
        </button>
      </p>
    );
  }
  if (shown.places.length === 0) return <p class="quiet">{words.empty}</p>;
  const you = shown.you;
  return (
    <>
      <ol class="board">
        {shown.places.map((place, index) => (
          <li key={place.person?.id ?? `nobody-${index}`}>
            <span class="board-place tabular">{index + 1}</span>
            <Who person={place.person && hidden?.has(place.person.id) ? null : place.person} />
            <span class="board-coins tabular">
              <Icon name="coin" />
              {words.coins(place.coins)}
            </span>
          </li>
        ))}
      </ol>
      {you !== null && <p class="quiet">{words.you(you.place, you.coins)}</p>}
    </>
  );
}

function Who({ person }: { person: Place["person"] }) {
  if (person === null) return <span class="board-who quiet">{words.anonymous}</span>;
  if (person.username === DELETED) return <span class="board-who">{person.display_name}</span>;
  return (
    <a class="board-who link-hover" href={`/live/${encodeURIComponent(person.username)}`}>
      {person.display_name || person.username}
    </a>
  );
}
