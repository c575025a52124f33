import type { PromoCodes } from "./codes";
import { Field } from "./Field";
import { text } from "../../ui/text";
import { words } from "./words";

const t = words.codes;

/** The codes there are, each to be taken back, and the fields for another one. */
export function CodesEditor({ codes }: { codes: PromoCodes }) {
  const faults = codes.isJudged.value ? codes.faults.value : {};
  const isPercent = codes.kind.value === "percent";
  const add = async (): Promise<void> => {
    if (await codes.add()) document.getElementById("code-code")?.focus();
    else document.querySelector<HTMLElement>(".code-fields [aria-invalid=true]")?.focus();
  };
  return (
    <div class="ticket-box">
      <List codes={codes} />
      <div
        class="code-fields"
        role="group"
        aria-label={t.add}
        onKeyDown={(event) => {
          // Enter would go live.
          if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
          event.preventDefault();
          void add();
        }}
      >
        <Field id="code-code" label={t.code} value={codes.code} autocapitalize="characters" maxLength={24} placeholder="FRIENDS" error={faults.code && t.fault(faults.code)} />
        <div class="ticket-row">
          <div class="field">
            <label for="code-kind">{t.kind}</label>
            <select class="select w-full" id="code-kind" value={codes.kind.value} onChange={(event) => (codes.kind.value = event.currentTarget.value as "percent" | "amount")}>
              <option value="percent">{t.percent}</option>
              {/* Of a price in coins no money can be taken off. */}
              {codes.currency !== "" && <option value="amount">{t.amount(codes.currency)}</option>}
            </select>
          </div>
          <Field id="code-off" label={t.off} value={codes.off} inputmode={isPercent ? "numeric" : "decimal"} placeholder={isPercent ? "25" : "1.00"} error={faults.off && t.fault(faults.off)} />
        </div>
        <div class="ticket-row">
          <Field id="code-uses" label={t.uses} optional={words.optional} value={codes.uses} inputmode="numeric" error={faults.uses && t.fault(faults.uses)} />
          <Field id="code-until" label={t.until} optional={words.optional} value={codes.until} type="datetime-local" error={faults.until && t.fault(faults.until)} />
        </div>
        {codes.refusal.value !== null && (
          <p class="field-error" role="alert">
            {t.refusal(codes.refusal.value)}
          </p>
        )}
        <button type="button" class="btn btn-sm justify-self-start" aria-disabled={codes.isPending.value} onClick={() => void add()}>
          {t.add}
        </button>
      </div>
    </div>
  );
}

function List({ codes }: { codes: PromoCodes }) {
  const isEmpty = codes.made.value.length + codes.wanted.value.length === 0;
  if (codes.state.value === "loading") return <p class="quiet">{t.loading}</p>;
  if (codes.state.value === "failed") {
    return (
      <p class="trouble" role="alert">
        <span>{t.failed}</span>
        <button type="button" class="btn btn-sm" onClick={() => void codes.load()}>
          {text.tryAgain}
        </button>
      </p>
    );
  }
  if (isEmpty) return <p class="quiet">{t.none}</p>;
  return (
    <ul class="code-list" aria-label={t.list}>
      {codes.wanted.value.map((code) => (
        <li key={code.code}>
          <span>
            <strong>{code.code}</strong> <span class="quiet">{t.line(code, codes.currency)}</span>
          </span>
          <button type="button" class="btn btn-sm" aria-label={t.removeCode(code.code)} onClick={() => codes.drop(code.code)}>
            {t.remove}
          </button>
        </li>
      ))}
      {codes.made.value.map((code) => (
        <li key={code.id}>
          <span>
            <strong>{code.code}</strong> <span class="quiet">{t.line(code, codes.currency)}</span>
          </span>
          <button type="button" class="btn btn-sm" aria-label={t.revokeCode(code.code)} onClick={() => void codes.revoke(code.id)}>
            {t.revoke}
          </button>
        </li>
      ))}
    </ul>
  );
}
