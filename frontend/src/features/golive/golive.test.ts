import { beforeEach, describe, expect, it } from "vitest";
import { ApiError } from "../../api/client";
import { blockOf, checklist, type Facts } from "./checklist";
import { Draft, type Limits } from "./draft";

const limits: Limits = {
  title: 100,
  description: 5000,
  tags: 5,
  tag: 30,
  thumbnail_bytes: 8 * 1024 * 1024,
  network_test_bytes: 1000,
};

class MemoryStorage {
  readonly kept = new Map<string, string>();
  getItem = (key: string): string | null => this.kept.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.kept.set(key, value);
  removeItem = (key: string): void => void this.kept.delete(key);
}

let storage: MemoryStorage;
let draft: Draft;

beforeEach(() => {
  storage = new MemoryStorage();
  draft = new Draft(limits, storage);
});

describe("tags", () => {
  it("are taken apart, made plain, and kept once", () => {
    expect(draft.addTags("#Live  Music, cello,, CELLO")).toBe(true);
    expect(draft.tags.value).toEqual(["live music", "cello"]);
  });

  it("stop at five, and a longer one than the server takes is left out", () => {
    expect(draft.addTags("a,b,c,d,e,f")).toBe(false);
    expect(draft.tags.value).toEqual(["a", "b", "c", "d", "e"]);
    draft.removeTag("c");
    expect(draft.addTags("x".repeat(31))).toBe(false);
    expect(draft.tags.value).toEqual(["a", "b", "d", "e"]);
  });
});

describe("what is typed", () => {
  it("is counted in characters as people count them", () => {
    draft.title.value = " 🎻🎻 ";
    expect(draft.titleLeft.value).toBe(98);
  });

  it("survives a reload, and is gone once the stream is made", () => {
    draft.title.value = "Cello";
    draft.addTags("a");
    draft.visibility.value = "followers";
    draft.save();
    const again = new Draft(limits, storage);
    expect([again.title.value, again.tags.value, again.visibility.value]).toEqual(["Cello", ["a"], "followers"]);
    again.forget();
    again.save();
    expect(new Draft(limits, storage).title.value).toBe("");
  });

  it("is not lost to a storage that holds nonsense", () => {
    storage.setItem("busk:draft", "{");
    expect(new Draft(limits, storage).title.value).toBe("");
  });

  it("becomes the body of the request", () => {
    draft.title.value = "Cello";
    draft.addTags("a, b");
    draft.mature.value = true;
    const body = draft.body();
    expect(body.get("title")).toBe("Cello");
    expect(body.getAll("tags")).toEqual(["a", "b"]);
    expect(body.get("mature")).toBe("true");
    expect(body.has("thumbnail")).toBe(false);
  });
});

describe("what the API refuses", () => {
  it("stands beside its fields, the nested ones too", () => {
    const details = { title: ["Use at most 100 characters."], tags: { "0": ["Too long."] } };
    draft.refuse(new ApiError({ code: "invalid_input", status: 400, details }));
    expect(draft.errors.value).toEqual({ title: "Use at most 100 characters.", tags: "Too long." });
    expect(draft.refusal.value).toBeNull();
    draft.clear("title");
    expect(draft.errors.value).toEqual({ tags: "Too long." });
  });

  it("is a refusal by its code when no field is to blame", () => {
    draft.refuse(new ApiError({ code: "too_many_streams", status: 409 }));
    expect(draft.refusal.value?.code).toBe("too_many_streams");
    draft.refuse(new ApiError({ code: "invalid_input", status: 400, details: { scheduled_at: ["No."] } }));
    expect(draft.refusal.value?.code).toBe("invalid_input");
  });
});

describe("the checklist", () => {
  const ready: Facts = {
    isHeld: false,
    emailConfirmed: true,
    running: 0,
    streamsMost: 2,
    camera: "on",
    microphone: "on",
    network: { is: "measured", bitsPerSecond: 10_000_000 },
    titleLength: 5,
    titleLeft: 95,
    hasThumbnail: false,
    hasGoodPrice: true,
  };

  it("is green when all is well, and a thumbnail is no duty", () => {
    expect(checklist(ready)).toEqual({
      camera: "done",
      microphone: "done",
      network: "done",
      title: "done",
      thumbnail: "optional",
    });
    expect(blockOf(ready)).toBeNull();
  });

  it.each<[Partial<Facts>, string]>([
    [{ isHeld: true, emailConfirmed: false }, "held"],
    [{ emailConfirmed: false, titleLength: 0 }, "email"],
    [{ running: 2 }, "too_many"],
    [{ camera: "cannot_record" }, "cannot_record"],
    [{ camera: "off" }, "camera"],
    [{ titleLength: 0 }, "title"],
    [{ titleLeft: -1 }, "title_long"],
    [{ hasGoodPrice: false }, "price"],
    [{ camera: "opening" }, "opening"],
  ])("%o blocks by: %s", (change, block) => {
    expect(blockOf({ ...ready, ...change })).toBe(block);
  });

  it("a missing microphone and a slow network are said, and forbid nothing", () => {
    const facts: Facts = { ...ready, microphone: "missing", network: { is: "measured", bitsPerSecond: 100_000 } };
    expect(checklist(facts)).toMatchObject({ microphone: "problem", network: "problem" });
    expect(blockOf(facts)).toBeNull();
  });
});
