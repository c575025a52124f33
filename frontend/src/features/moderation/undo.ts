import { toast } from "../../ui/toast";
import { words } from "./words";

let last: (() => void) | null = null;

/** Says what was done, with a way back: a button in the toast, and the key U for those who have no mouse. */
export function offerUndo(done: string, back: () => void): void {
  let isDone = false;
  const act = (): void => {
    if (isDone) return;
    isDone = true;
    back();
  };
  last = act;
  toast(done, { label: words.undo, act });
}

/** Takes back what was done last, whether its toast is still there or not. */
export function undoLast(): void {
  last?.();
}
