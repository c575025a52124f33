import { useState } from "preact/hooks";
import { Icon } from "../../ui/icon";
import type { Draft } from "./draft";
import { words } from "./words";

/** Tags as chips: Enter or a comma adds, Backspace in an empty field takes the last one away. */
export function Tags({ draft }: { draft: Draft }) {
  const [typed, setTyped] = useState("");
  const { tags: most, tag: longest } = draft.limits;
  const tags = draft.tags.value;
  const error = draft.errors.value.tags;

  const add = (text: string): void => {
    if (text.trim() === "") return;
    if (!draft.addTags(text)) draft.blame("tags", words.tagsFull(most, longest));
    setTyped("");
  };

  return (
    <div class="field">
      <label for="tags">
        {words.tags} <span class="quiet">{words.optional}</span>
      </label>
      <p class="field-hint" id="tags-hint">
        {words.tagsHint(most)}
      </p>
      <div class="tag-box">
        {tags.map((tag) => (
          <span class="tag" key={tag}>
            {tag}
            <button type="button" onClick={() => draft.removeTag(tag)} aria-label={words.removeTag(tag)}>
              <Icon name="close" />
            </button>
          </span>
        ))}
        <input
          id="tags"
          value={typed}
          autocomplete="off"
          aria-describedby="tags-hint tags-error"
          aria-invalid={error !== undefined}
          onInput={(event) => {
            const text = event.currentTarget.value;
            if (text.includes(",")) add(text);
            else setTyped(text);
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter") {
              event.preventDefault();
              add(typed);
            } else if (event.key === "Backspace" && typed === "") {
              const last = tags.at(-1);
              if (last !== undefined) draft.removeTag(last);
            }
          }}
          onBlur={() => add(typed)}
        />
      </div>
      <p class="field-error" id="tags-error" role="status">
        {error}
      </p>
    </div>
  );
}
