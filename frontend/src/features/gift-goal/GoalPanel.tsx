import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { Visit } from "../stream/visit";
import { Bar } from "./Bar";
import { GoalModel, TARGET_MOST, TITLE_MOST } from "./goal";
import { useGoal } from "./useGoal";
import { words } from "./words";

/** In the studio: set a goal, change it, remove it. */
export function GoalPanel({ streamId, visit }: { streamId: string; visit: Visit }) {
  const model = useMemo(() => new GoalModel(streamId), [streamId]);
  useGoal(model, visit);
  const goal = model.goal.value;
  const title = useSignal("");
  const target = useSignal("");
  // What is being typed stays when gifts come; another goal is another form.
  useEffect(() => {
    title.value = goal?.title ?? "";
    target.value = goal ? String(goal.target_coins) : "";
  }, [goal?.id, goal?.title, goal?.target_coins]);

  const isSaving = model.state.value === "saving";
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const coins = /^\d+$/.test(target.value.trim()) ? Number(target.value) : 0;
    const faults = new Set<string>();
    if (title.value.trim() === "" || title.value.trim().length > TITLE_MOST) faults.add("title");
    if (coins < 1 || coins > TARGET_MOST) faults.add("target_coins");
    if (faults.size > 0) model.faults.value = faults;
    else await model.save(title.value.trim(), coins);
  };
  const faults = model.faults.value;
  return (
    <section class="panel" aria-labelledby="goal-heading">
      <h2 id="goal-heading">{words.heading}</h2>
      {goal ? <Bar goal={goal} /> : <p class="field-hint">{words.hint}</p>}
      <form class="goal-form" noValidate onSubmit={(event) => void save(event)}>
        <div class="field">
          <label for="goal-title">{words.title}</label>
          <input
            id="goal-title"
            class="input w-full"
            maxLength={TITLE_MOST}
            autocomplete="off"
            aria-invalid={faults.has("title")}
            aria-describedby="goal-title-fault"
            value={title.value}
            onInput={(event) => (title.value = event.currentTarget.value)}
          />
          <p id="goal-title-fault" class="field-error">
            {faults.has("title") ? words.badTitle : ""}
          </p>
        </div>
        <div class="field">
          <label for="goal-target">{words.target}</label>
          <input
            id="goal-target"
            class="input w-full tabular"
            inputMode="numeric"
            autocomplete="off"
            aria-invalid={faults.has("target_coins")}
            aria-describedby="goal-target-fault"
            value={target.value}
            onInput={(event) => (target.value = event.currentTarget.value)}
          />
          <p id="goal-target-fault" class="field-error">
            {faults.has("target_coins") ? words.badTarget(TARGET_MOST) : ""}
          </p>
        </div>
        <div class="goal-acts">
          <button class="btn btn-primary btn-sm" type="submit" disabled={isSaving}>
            {isSaving ? words.saving : goal ? words.change : words.set}
          </button>
          {goal && (
            <button class="btn btn-sm" type="button" disabled={isSaving} onClick={() => void model.remove()}>
              {words.remove}
            </button>
          )}
        </div>
        {model.state.value === "failed" && faults.size === 0 && (
          <p class="field-error" role="alert">
            {words.failed}
          </p>
        )}
      </form>
    </section>
  );
}
