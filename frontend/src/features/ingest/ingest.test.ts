import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AckWindow } from "./acks";
import { FakeRecorder, fakeStream } from "./fakes";
import { BitrateLadder } from "./ladder";
import { probeCodec } from "./probe";
import { parseIngestMessage } from "./protocol";
import { slices } from "./slices";

describe("slices", () => {
  it("cuts a busy chunk into frames of at most the given size and loses no byte", () => {
    const chunk = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
    const frames = [...slices(chunk, 32 * 1024)];
    expect(frames.map((frame) => frame.byteLength)).toEqual([32768, 32768, 32768, 1696]);
    expect(Uint8Array.from(frames.flatMap((frame) => [...frame]))).toEqual(chunk);
  });

  it("gives nothing for an empty chunk", () => {
    expect([...slices(new Uint8Array(), 10)]).toEqual([]);
  });
});

describe("AckWindow", () => {
  it("measures the age of the oldest unconfirmed byte", () => {
    const acks = new AckWindow();
    acks.sent(100, 0);
    acks.sent(100, 1_000);
    expect(acks.unackedSeconds(2_500)).toBe(2.5);
    acks.acked(100, 2_500);
    expect(acks.unackedSeconds(2_500)).toBe(1.5);
    acks.acked(200, 2_600);
    expect(acks.unackedSeconds(9_000)).toBe(0);
    expect(acks.unackedBytes).toBe(0);
  });

  it("does not count a frame as confirmed before its last byte is", () => {
    const acks = new AckWindow();
    acks.sent(100, 0);
    acks.acked(99, 10);
    expect(acks.unackedSeconds(1_000)).toBe(1);
  });

  it("takes late and repeated totals for what they are", () => {
    const acks = new AckWindow();
    acks.sent(100, 0);
    acks.acked(100, 10);
    acks.acked(60, 20);
    expect(acks.unackedBytes).toBe(0);
  });

  it("tells the bitrate of the last five seconds, over a change of runs too", () => {
    const acks = new AckWindow();
    for (let second = 1; second <= 4; second += 1) {
      acks.sent(100_000, second * 1000);
      acks.acked(second * 100_000, second * 1000);
    }
    expect(acks.bitrate(5_000)).toBe((400_000 * 8) / 4);
    acks.startRun();
    expect(acks.bitrate(5_000)).toBe((400_000 * 8) / 4);
    expect(acks.bitrate(60_000)).toBe(0);
  });
});

describe("BitrateLadder", () => {
  const minute = 60_000;

  it("goes down at once and stops at the lowest step", () => {
    const ladder = new BitrateLadder([2_000, 1_000]);
    expect(ladder.slow(0)).toBe(true);
    expect(ladder.bitrate).toBe(1_000);
    expect(ladder.slow(0)).toBe(false);
    expect(ladder.lowered).toBe(true);
  });

  it("goes up only after a calm minute", () => {
    const ladder = new BitrateLadder([2_000, 1_000]);
    ladder.slow(0);
    expect(ladder.calm(1_000)).toBe(false);
    expect(ladder.calm(minute)).toBe(false);
    expect(ladder.calm(minute + 1_000)).toBe(true);
    expect(ladder.bitrate).toBe(2_000);
  });

  it("waits twice as long when the step up did not hold", () => {
    const ladder = new BitrateLadder([2_000, 1_000]);
    ladder.slow(0);
    ladder.calm(0);
    ladder.calm(minute);
    ladder.slow(minute + 5_000);
    ladder.calm(minute + 6_000);
    expect(ladder.calm(2 * minute + 10_000)).toBe(false);
    expect(ladder.calm(3 * minute + 10_000)).toBe(true);
  });

  it("begins where the measured upload leaves a third free, and keeps its place when the server names other steps", () => {
    const ladder = new BitrateLadder();
    ladder.startFor(1_300_000);
    expect(ladder.bitrate).toBe(800_000);
    ladder.use([300_000, 1_200_000, 700_000]);
    expect(ladder.bitrate).toBe(700_000);
  });
});

describe("parseIngestMessage", () => {
  it("reads what it knows and passes over the rest", () => {
    expect(parseIngestMessage('{"type":"ingest:ack","bytes":12}')).toEqual({ type: "ingest:ack", bytes: 12 });
    expect(parseIngestMessage('{"type":"ingest:state","state":"live","bitrate_bps":9,"dropped_chunks":2}')).toEqual({
      type: "ingest:state",
      state: "live",
      bitrateBps: 9,
      droppedChunks: 2,
    });
    for (const strange of ["", "[", "null", "[]", '{"type":"ingest:new"}']) expect(parseIngestMessage(strange)).toBeNull();
  });
});

describe("probeCodec", () => {
  const stream = fakeStream([]);
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("does not believe a type that is supported and then delivers nothing", async () => {
    const recorder = new FakeRecorder();
    const answer = probeCodec(stream, {
      record: recorder.record,
      isSupported: (mime) => mime !== "video/never",
      candidates: ["video/never", "video/mp4", "video/webm"],
    });
    expect(recorder.last.options.mime).toBe("video/mp4");
    recorder.last.events.chunk(new Blob([new Uint8Array(300)]));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(recorder.made[0]?.stopped).toBe(true);
    expect(recorder.last.options.mime).toBe("video/webm");
    recorder.last.events.chunk(new Blob([new Uint8Array(5_000)]));
    expect(await answer).toEqual({ ask: "video/webm", gives: "video/x-matroska;codecs=avc1,opus" });
    expect(recorder.last.stopped).toBe(true);
  });

  it("says so when nothing records", async () => {
    const refused = probeCodec(stream, {
      record: () => {
        throw new DOMException("no", "NotSupportedError");
      },
      isSupported: () => true,
    });
    expect(await refused).toBeNull();
  });
});
