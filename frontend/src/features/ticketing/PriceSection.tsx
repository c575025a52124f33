import type { PromoCodes } from "./codes";
import { CodesEditor } from "./CodesEditor";
import { Field } from "./Field";
import type { PriceDraft } from "./price";
import { words } from "./words";

/** In the form before a stream: free, or what a ticket costs and what it leaves. */
export function PriceSection({ price, codes }: { price: PriceDraft; codes: PromoCodes }) {
  return (
    <fieldset class="field ticket-price">
      <legend>{words.price}</legend>
      {[false, true].map((sells) => (
        <label class="check-line" key={String(sells)}>
          <input
            class="radio"
            type="radio"
            name="price"
            checked={price.sells.value === sells}
            onChange={() => (price.sells.value = sells)}
          />
          {sells ? words.ticket : words.free}
        </label>
      ))}
      {price.sells.value && <Ticket price={price} codes={codes} />}
    </fieldset>
  );
}

function Ticket({ price, codes }: { price: PriceDraft; codes: PromoCodes }) {
  const { terms } = price;
  const faults = price.isJudged.value ? price.faults.value : {};
  const coinsFault = faults.coins === "out_of_range" ? words.coinsRange(terms) : faults.coins && words.fault(faults.coins, terms);
  return (
    <div class="ticket-box">
      <div class="ticket-row">
        <Field
          id="price-amount"
          label={words.amount(terms.currency)}
          value={price.amount}
          inputmode="decimal"
          placeholder="3.00"
          error={faults.amount && words.fault(faults.amount, terms)}
          onBlur={() => (price.isJudged.value ||= price.amount.value !== "")}
        />
        <Field
          id="price-coins"
          label={words.coins}
          optional={words.optional}
          value={price.coins}
          inputmode="numeric"
          error={coinsFault}
        />
      </div>
      <div class="ticket-leaves" role="status">
        {price.split.value && <p>{words.leaves(price.split.value, terms)}</p>}
        {price.coinsLeave.value !== null && <p>{words.coinsLeave(price.coinsLeave.value, terms.currency)}</p>}
      </div>
      <Switch isOn={price.payWhatYouWant.value} set={(isOn) => (price.payWhatYouWant.value = isOn)} label={words.payWhatYouWant} hint={words.payWhatYouWantHint} />
      <Switch isOn={price.preview.value} set={(isOn) => (price.preview.value = isOn)} label={words.preview(terms.preview_seconds)} hint={words.previewHint} />
      <p class="field-hint">{words.refunds}</p>
      {price.refusal.value !== null && (
        <p class="field-error" role="alert" id="price-refusal" tabIndex={-1}>
          {words.refusal(price.refusal.value)}
        </p>
      )}
      <details class="ticket-codes">
        <summary>
          {words.codes.title} <span class="quiet">{words.optional}</span>
        </summary>
        <CodesEditor codes={codes} />
      </details>
    </div>
  );
}

function Switch({ isOn, set, label, hint }: { isOn: boolean; set: (isOn: boolean) => void; label: string; hint: string }) {
  return (
    <label class="check-line">
      <input class="checkbox" type="checkbox" checked={isOn} onChange={(event) => set(event.currentTarget.checked)} />
      <span>
        {label} <span class="quiet">{hint}</span>
      </span>
    </label>
  );
}
