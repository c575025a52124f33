import { expect, test } from "vitest";
import { Sequence, type WireEvent } from "./sequence";

const stored = (seq: number): WireEvent => ({ type: "chat:message", seq });
const numbers = (events: WireEvent[]): (number | null | undefined)[] => events.map((event) => event.seq);

function at(seq: number): Sequence<WireEvent> {
  const sequence = new Sequence<WireEvent>();
  sequence.restart(seq);
  return sequence;
}

test("events in their order pass at once, and each only once", () => {
  const sequence = at(4);
  expect(numbers(sequence.offer(stored(5)))).toEqual([5]);
  expect(numbers(sequence.offer(stored(5)))).toEqual([]);
  expect(sequence.hasGap).toBe(false);
});

test("an event without a number passes, whatever the order", () => {
  expect(at(4).offer({ type: "viewer:count" })).toHaveLength(1);
});

test("an event ahead of its turn waits for the one before it", () => {
  const sequence = at(4);
  expect(sequence.offer(stored(7))).toEqual([]);
  expect(sequence.offer(stored(6))).toEqual([]);
  expect(sequence.hasGap).toBe(true);
  expect(numbers(sequence.offer(stored(5)))).toEqual([5, 6, 7]);
  expect(sequence.hasGap).toBe(false);
});

test("an answer of the events API fills the hole and lets the held ones go", () => {
  const sequence = at(4);
  sequence.offer(stored(8));
  expect(numbers(sequence.fill([stored(5), stored(6), stored(7)], 8))).toEqual([5, 6, 7, 8]);
});

test("where the missed events are gone for good, the room goes on from where it stands", () => {
  const sequence = at(4);
  sequence.offer(stored(9));
  expect(numbers(sequence.fill([], 8))).toEqual([9]);
  expect(sequence.last).toBe(9);
});
