import { computed, signal } from "@preact/signals-core";
import type { ApiError } from "../../api/client";

export type Visibility = "public" | "unlisted" | "followers" | "invited";

/** What the server allows; it judges again, this only says so earlier. */
export interface Limits {
  readonly title: number;
  readonly description: number;
  readonly tags: number;
  readonly tag: number;
  readonly thumbnail_bytes: number;
  readonly network_test_bytes: number;
}

export type Field = "title" | "description" | "tags" | "thumbnail";
const FIELDS: readonly Field[] = ["title", "description", "tags", "thumbnail"];

/** Why nothing was made, for what no field is to blame: the API's code. */
export interface Refusal {
  readonly code: string;
  readonly retryAfterSeconds: number | null;
}

interface Kept {
  title: string;
  description: string;
  tags: readonly string[];
  visibility: Visibility;
  mature: boolean;
}

const KEY = "busk:draft";

/** The stream as it is being typed. Kept in this tab until it is made, so that nothing typed is ever lost. */
export class Draft {
  readonly title = signal("");
  readonly description = signal("");
  readonly tags = signal<readonly string[]>([]);
  readonly visibility = signal<Visibility>("public");
  readonly mature = signal(false);
  readonly thumbnail = signal<File | null>(null);
  /** Sentences beside the fields. */
  readonly errors = signal<Readonly<Partial<Record<Field, string>>>>({});
  readonly refusal = signal<Refusal | null>(null);
  private isMade = false;
  readonly titleLeft = computed(() => this.limits.title - lengthOf(this.title.value.trim()));

  constructor(
    readonly limits: Limits,
    private readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem">,
  ) {
    this.restore();
  }

  /** Takes "#Live Music, cello" apart. False when there was no place for all of it; then the rest is left out. */
  addTags(text: string): boolean {
    const wanted = text
      .split(/[,\n]/)
      .map((tag) => tag.replace(/^[#\s]+/, "").replace(/\s+/g, " ").trim().toLowerCase())
      .filter((tag) => tag !== "");
    const all = [...new Set([...this.tags.value, ...wanted])];
    this.tags.value = all.filter((tag) => lengthOf(tag) <= this.limits.tag).slice(0, this.limits.tags);
    this.clear("tags");
    return this.tags.value.length === all.length;
  }

  removeTag(tag: string): void {
    this.tags.value = this.tags.value.filter((each) => each !== tag);
    this.clear("tags");
  }

  blame(field: Field, sentence: string): void {
    this.errors.value = { ...this.errors.value, [field]: sentence };
  }

  clear(field: Field): void {
    this.errors.value = Object.fromEntries(Object.entries(this.errors.value).filter(([name]) => name !== field));
  }

  /** What the API said, sorted to its fields; what belongs to none is the refusal. */
  refuse(error: ApiError): void {
    this.errors.value = {};
    this.refusal.value = null;
    if (error.code === "invalid_input") {
      for (const field of FIELDS) {
        const sentences = error.details[field];
        if (Array.isArray(sentences) || typeof sentences === "object") this.blame(field, sentencesIn(sentences).join(" "));
      }
    }
    if (Object.keys(this.errors.value).length === 0) {
      this.refusal.value = { code: error.code, retryAfterSeconds: error.retryAfterSeconds };
    }
  }

  body(): FormData {
    const form = new FormData();
    form.set("title", this.title.value);
    form.set("description", this.description.value);
    form.set("visibility", this.visibility.value);
    form.set("mature", String(this.mature.value));
    for (const tag of this.tags.value) form.append("tags", tag);
    if (this.thumbnail.value !== null) form.set("thumbnail", this.thumbnail.value);
    return form;
  }

  save(): void {
    if (this.isMade) return;
    const { title, description, tags, visibility, mature } = this;
    const kept: Kept = {
      title: title.value,
      description: description.value,
      tags: tags.value,
      visibility: visibility.value,
      mature: mature.value,
    };
    this.storage.setItem(KEY, JSON.stringify(kept));
  }

  /** The stream is made: the next one starts empty. */
  forget(): void {
    this.isMade = true;
    this.storage.removeItem(KEY);
  }

  private restore(): void {
    const text = this.storage.getItem(KEY);
    if (text === null) return;
    try {
      const kept = JSON.parse(text) as Kept;
      this.title.value = kept.title;
      this.description.value = kept.description;
      this.tags.value = kept.tags;
      this.visibility.value = kept.visibility;
      this.mature.value = kept.mature;
    } catch {
      this.storage.removeItem(KEY);
    }
  }
}

/** Characters as people and the server count them, not as UTF-16 does. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}

/** Lists of sentences, also those the API nests by position. */
function sentencesIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(sentencesIn);
}
