import { Icon } from "../../ui/icon";
import type { Goal } from "../gifts/types";
import { percentOf } from "./goal";
import { words } from "./words";

/** How far the goal has come. Nothing of it is read aloud by itself: it changes with every gift. */
export function Bar({ goal }: { goal: Goal }) {
  const percent = percentOf(goal);
  const isReached = percent === 100;
  const progress = words.progress(goal.coins, goal.target_coins, percent);
  return (
    <div class="goal" data-reached={isReached ? "" : undefined}>
      <p class="goal-words">
        <b class="goal-title">{goal.title}</b>
        <span class="tabular">
          {isReached && (
            <span class="goal-reached">
              <Icon name="check" /> {words.reached} ·{" "}
            </span>
          )}
          {progress}
        </span>
      </p>
      <progress class="goal-bar" max={100} value={percent} aria-label={words.label(goal.title)} aria-valuetext={progress} />
    </div>
  );
}
