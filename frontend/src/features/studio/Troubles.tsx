import { type Remedy, type Trouble, words } from "./words";

interface Props {
  troubles: readonly Trouble[];
  onAct: (remedy: Remedy) => void;
}

/** What is wrong at the moment, each with its cause, its remedy and, where there is one, its button. */
export function Troubles({ troubles, onAct }: Props) {
  return (
    <div class="troubles" role="status">
      {troubles.map(({ what, remedy, action }) => (
        <div class="trouble" key={action ?? what}>
          <p>
            <strong>{what}</strong> {remedy}
          </p>
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
