import type { Signal } from "@preact/signals";

interface Props {
  id: string;
  label: string;
  value: Signal<string>;
  /** A sentence, while something is wrong. */
  error?: string | undefined;
  hint?: string;
  optional?: string;
  type?: "text" | "datetime-local";
  inputmode?: "text" | "numeric" | "decimal";
  placeholder?: string;
  maxLength?: number;
  autocapitalize?: "none" | "characters";
  onBlur?: () => void;
}

/** One labelled input with its hint and what is wrong with it beside it. */
export function Field({ id, label, value, error, hint, optional, type = "text", ...more }: Props) {
  return (
    <div class="field">
      <label for={id}>
        {label} {optional !== undefined && <span class="quiet">{optional}</span>}
      </label>
      {hint !== undefined && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <input
        {...more}
        class="input w-full"
        id={id}
        {...(type === "text" ? { type } : { type })}
        autocomplete="off"
        value={value.value}
        aria-describedby={`${hint === undefined ? "" : `${id}-hint `}${id}-error`}
        aria-invalid={error !== undefined}
        onInput={(event) => (value.value = event.currentTarget.value)}
      />
      <p class="field-error" id={`${id}-error`} role="status">
        {error}
      </p>
    </div>
  );
}
