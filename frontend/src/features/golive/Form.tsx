import type { Draft, Visibility } from "./draft";
import { Picture } from "./Picture";
import { PriceSection } from "../ticketing/PriceSection";
import type { Ticketing } from "../ticketing/ticketing";
import { Tags } from "./Tags";
import { words } from "./words";

const VISIBILITIES: readonly Visibility[] = ["public", "unlisted", "followers", "invited"];

/** What the stream is about, who may watch it, and how it looks in the list. */
export function Form({ draft, ticketing }: { draft: Draft; ticketing: Ticketing | null }) {
  const { title, description } = draft.errors.value;
  const left = draft.titleLeft.value;
  return (
    <section class="golive-form" aria-labelledby="form-heading">
      <h2 id="form-heading">{words.form}</h2>
      <div class="field">
        <label for="title">{words.title}</label>
        <input
          class="input w-full"
          id="title"
          autocomplete="off"
          placeholder={words.titleHint}
          value={draft.title.value}
          aria-describedby="title-count title-error"
          aria-invalid={title !== undefined || left < 0}
          onInput={(event) => {
            draft.title.value = event.currentTarget.value;
            draft.clear("title");
          }}
        />
        <p class={left < 0 ? "field-error" : "field-hint tabular"} id="title-count">
          {left < 0 ? words.over(-left) : words.left(left)}
        </p>
        <p class="field-error" id="title-error" role="status">
          {title}
        </p>
      </div>
      <div class="field">
        <label for="description">
          {words.description} <span class="quiet">{words.optional}</span>
        </label>
        <textarea
          class="textarea w-full"
          id="description"
          rows={3}
          maxLength={draft.limits.description}
          value={draft.description.value}
          aria-describedby="description-error"
          aria-invalid={description !== undefined}
          onInput={(event) => {
            draft.description.value = event.currentTarget.value;
            draft.clear("description");
          }}
        />
        <p class="field-error" id="description-error" role="status">
          {description}
        </p>
      </div>
      <Tags draft={draft} />
      <fieldset class="field">
        <legend>{words.visibility}</legend>
        {VISIBILITIES.map((visibility) => (
          <label class="check-line" key={visibility}>
            <input
              class="radio"
              type="radio"
              name="visibility"
              checked={draft.visibility.value === visibility}
              onChange={() => (draft.visibility.value = visibility)}
            />
            {words.visibilities[visibility]}
          </label>
        ))}
      </fieldset>
      {ticketing !== null && <PriceSection price={ticketing.price} codes={ticketing.codes} />}
      <label class="check-line">
        <input
          class="checkbox"
          type="checkbox"
          checked={draft.mature.value}
          onChange={(event) => (draft.mature.value = event.currentTarget.checked)}
        />
        <span>
          {words.mature} <span class="quiet">{words.matureHint}</span>
        </span>
      </label>
      <Picture draft={draft} />
    </section>
  );
}
