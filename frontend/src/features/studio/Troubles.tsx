import { type Remedy, type Trouble, words } from "./words";

interface Props {
  troubles: readonly Trouble[];
  onAct: (remedy: Remedy) => void;
}

/** What is wrong at the moment, each with its cause, its remedy and, where there is one, its button. */
export function Troubles({ troubles, onAct }: Props) {
  return (
    <div class="troubles">
      {troubles.map(({ what, remedy, action, counting }) => (
        <div class="trouble" key={action ?? what}>
          <div>
            <p role="status">
              <strong>{what}</strong> {remedy}
            </p>
            {counting && <p class="tabular">{counting}</p>}
          </div>
          {action !== null && (
            <button type="button" class="btn btn-sm" onClick={() => onAct(action)}>
              {words.action[action]}
            </button>
          )}
        </div>
      ))}
    </div>
  );
}
