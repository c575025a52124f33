import { useEffect, useState } from "preact/hooks";
import type { Draft } from "./draft";
import { words } from "./words";

const TYPES = "image/jpeg,image/png,image/webp,image/gif";

/** The stream's picture: chosen, looked at, and told at once when the server would refuse it. */
export function Picture({ draft }: { draft: Draft }) {
  const most = Math.floor(draft.limits.thumbnail_bytes / 1_048_576);
  const error = draft.errors.value.thumbnail;
  const file = draft.thumbnail.value;
  const [url, setUrl] = useState<string | null>(null);

  useEffect(() => {
    if (file === null) {
      setUrl(null);
      return undefined;
    }
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);

  const choose = async (input: HTMLInputElement): Promise<void> => {
    const chosen = input.files?.[0];
    if (chosen === undefined) return;
    draft.clear("thumbnail");
    const problem = await problemOf(chosen, draft.limits.thumbnail_bytes);
    if (problem === null) {
      draft.thumbnail.value = chosen;
    } else {
      // The one chosen before, if any, stays.
      input.value = "";
      draft.blame("thumbnail", problem);
    }
  };

  return (
    <div class="field">
      <label for="thumbnail">
        {words.picture} <span class="quiet">{words.optional}</span>
      </label>
      <p class="field-hint" id="thumbnail-hint">
        {words.pictureHint(most)}
      </p>
      {url !== null && (
        <div class="picture-chosen">
          <img src={url} alt={words.pictureAlt} />
          <button type="button" class="btn btn-sm" onClick={() => (draft.thumbnail.value = null)}>
            {words.pictureRemove}
          </button>
        </div>
      )}
      <input
        class="file-input w-full"
        id="thumbnail"
        type="file"
        accept={TYPES}
        aria-describedby="thumbnail-hint thumbnail-error"
        aria-invalid={error !== undefined}
        onChange={(event) => void choose(event.currentTarget)}
      />
      <p class="field-error" id="thumbnail-error" role="status">
        {error}
      </p>
    </div>
  );
}

async function problemOf(file: File, mostBytes: number): Promise<string | null> {
  if (file.size > mostBytes) return words.pictureTooBig(Math.round(file.size / 1_048_576), Math.floor(mostBytes / 1_048_576));
  if (!TYPES.split(",").includes(file.type)) return words.pictureNone;
  try {
    (await createImageBitmap(file)).close();
    return null;
  } catch {
    return words.pictureNone;
  }
}
