import type { DeviceProblem } from "../ingest/capture";

/** todo: yours to do. working: being found out. optional: fine without. */
export type State = "todo" | "working" | "done" | "problem" | "optional";
export type Check = "camera" | "microphone" | "network" | "title" | "thumbnail";

export type Network =
  | { readonly is: "waiting" }
  | { readonly is: "testing" }
  | { readonly is: "measured"; readonly bitsPerSecond: number }
  | { readonly is: "failed" };

export interface Facts {
  /** Staff stopped a stream of theirs and have not released them. */
  readonly isHeld: boolean;
  readonly emailConfirmed: boolean;
  readonly running: number;
  readonly streamsMost: number;
  readonly camera: "opening" | "on" | "off" | "cannot_record";
  readonly microphone: "on" | DeviceProblem;
  readonly network: Network;
  readonly titleLength: number;
  readonly titleLeft: number;
  readonly hasThumbnail: boolean;
  /** It is free, or what it costs can be charged. */
  readonly hasGoodPrice: boolean;
}

/** Enough for the lowest quality, and enough for the best one. */
export const SLOWEST_BPS = 700_000;
export const GOOD_BPS = 3_500_000;

export function checklist(facts: Facts): Readonly<Record<Check, State>> {
  return {
    camera: facts.camera === "opening" ? "working" : facts.camera === "on" ? "done" : "problem",
    microphone: facts.camera === "opening" ? "working" : facts.microphone === "on" ? "done" : "problem",
    network: networkState(facts.network),
    title: facts.titleLength === 0 ? "todo" : facts.titleLeft < 0 ? "problem" : "done",
    thumbnail: facts.hasThumbnail ? "done" : "optional",
  };
}

/** What stands in the way of going live, the one that takes longest to mend first; null when nothing does. */
export type Block = "held" | "email" | "too_many" | "opening" | "camera" | "cannot_record" | "title" | "title_long" | "price";

export function blockOf(facts: Facts): Block | null {
  if (facts.isHeld) return "held";
  if (!facts.emailConfirmed) return "email";
  if (facts.running >= facts.streamsMost) return "too_many";
  if (facts.camera === "cannot_record") return "cannot_record";
  if (facts.camera === "off") return "camera";
  if (facts.titleLength === 0) return "title";
  if (facts.titleLeft < 0) return "title_long";
  if (!facts.hasGoodPrice) return "price";
  if (facts.camera === "opening") return "opening";
  return null;
}

function networkState(network: Network): State {
  switch (network.is) {
    case "waiting":
    case "testing":
      return "working";
    case "measured":
      return network.bitsPerSecond < SLOWEST_BPS ? "problem" : "done";
    case "failed":
      return "problem";
  }
}
