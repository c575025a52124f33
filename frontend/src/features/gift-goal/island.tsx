import { useEffect, useMemo } from "preact/hooks";
import type { StreamPage } from "../stream/page";
import { visitOf } from "../stream/visit";
import { Bar } from "./Bar";
import { useGoal } from "./useGoal";
import { GoalModel } from "./goal";

/** Under the picture: the creator's goal, when there is one. */
export default function GiftGoalIsland(page: StreamPage) {
  const visit = visitOf(page.stream);
  const model = useMemo(() => new GoalModel(page.stream.id), []);
  useGoal(model, visit);
  useEffect(() => visit.enter(), [visit]);
  const goal = model.goal.value;
  return goal === null ? null : <Bar goal={goal} />;
}
