import { Field } from "./Field";
import type { Lowering } from "./lowering";
import { words } from "./words";

const t = words.lower;

/** A lower price for a stream that runs. */
export function LowerPrice({ lowering }: { lowering: Lowering }) {
  const price = lowering.price.value;
  const faults = lowering.isJudged.value ? lowering.faults.value : {};
  const save = async (): Promise<void> => {
    if (!(await lowering.save())) document.querySelector<HTMLElement>(".lower-price [aria-invalid=true]")?.focus();
  };
  return (
    <form
      class="ticket-box lower-price"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <p class="field-hint">{t.hint}</p>
      <div class="ticket-row">
        {price.amount !== null && (
          <Field
            id="lower-amount"
            label={words.amount(price.currency)}
            value={lowering.amount}
            inputmode="decimal"
            error={faults.amount && t.fault(faults.amount)}
          />
        )}
        {price.coins !== null && (
          <Field id="lower-coins" label={words.coins} value={lowering.coins} inputmode="numeric" error={faults.coins && t.fault(faults.coins)} />
        )}
      </div>
      {lowering.refusal.value !== null && (
        <p class="field-error" role="alert">
          {t.refusal(lowering.refusal.value)}
        </p>
      )}
      <button type="submit" class="btn btn-sm justify-self-start" aria-disabled={lowering.isPending.value || !lowering.isOther.value}>
        {t.save}
      </button>
      <p role="status">{lowering.isSaved.value && !lowering.isOther.value && t.saved}</p>
    </form>
  );
}
