import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Visit } from "../stream/visit";
import type { GoalModel } from "./goal";

/** Keeps the goal as the room tells it, and asks again when the line was gone. */
export function useGoal(model: GoalModel, visit: Visit): void {
  const wasOpen = useRef(false);
  useEffect(() => {
    void model.load();
    return visit.listen((event) => model.handle(event));
  }, [model, visit]);
  useSignalEffect(() => {
    if (visit.connection.value.kind !== "open") return;
    if (wasOpen.current) model.loadSoon();
    wasOpen.current = true;
  });
}
