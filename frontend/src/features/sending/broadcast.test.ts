import { signal } from "@preact/signals-core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PassRefused } from "../ingest/pass";
import type { IngestPass } from "../ingest/protocol";
import { Broadcast } from "./broadcast";
import { MediaAway, type RoomPass, type SendPass } from "./pass";
import { IDLE, type Sender, type SenderPhase, type SenderView } from "./sender";

const relayPass: IngestPass = { url: "/ws", maxFrameBytes: 1, ackWindowSeconds: 2, bitrates: [] };
const roomPass = (token: string): RoomPass => ({ url: "ws://m", token, identity: token, heightMost: 720, bitrateMost: 1 });

/** A sender that shows what it is told to, and asks for passes when it is told to. */
class FakeSender implements Sender {
  readonly view = signal<SenderView>(IDLE);
  readonly calls: string[] = [];

  constructor(
    readonly by: "relay" | "room",
    readonly pass: (leaving: string | null) => Promise<unknown>,
  ) {}

  start = (): void => void this.calls.push("start");
  nudge = (): void => void this.calls.push("nudge");
  stop = (): void => void this.calls.push("stop");

  shows(phase: SenderPhase): void {
    this.view.value = { ...IDLE, phase };
  }
}

let made: FakeSender[];
let asked: (string | null)[];
let answer: () => Promise<SendPass>;
let load: () => Promise<void>;
let broadcast: Broadcast;

beforeEach(() => {
  vi.useFakeTimers();
  made = [];
  asked = [];
  load = () => Promise.resolve();
  answer = () => Promise.resolve({ by: "room", pass: roomPass(`t${asked.length}`) });
  const make = (by: "relay" | "room", pass: FakeSender["pass"]): Sender => {
    const sender = new FakeSender(by, pass);
    made.push(sender);
    return sender;
  };
  broadcast = new Broadcast({
    pass: (leaving) => {
      asked.push(leaving);
      return answer();
    },
    relay: (pass) => make("relay", pass),
    room: async (pass) => {
      await load();
      return make("room", pass);
    },
    memory: { identity: "broadcaster-before" },
    random: () => 1,
  });
});

afterEach(() => {
  broadcast.stop();
  vi.useRealTimers();
});

const wait = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const phase = (): SenderPhase => broadcast.view.value.phase;

describe("which way to send", () => {
  it.each(["relay", "room"] as const)("is what the server answers: %s", async (by) => {
    if (by === "relay") answer = () => Promise.resolve({ by, pass: relayPass });
    expect(phase()).toBe("idle");
    broadcast.start();
    expect(phase()).toBe("opening");
    await wait(0);
    expect(made.map((sender) => [sender.by, sender.calls])).toEqual([[by, ["start"]]]);
    made[0]?.shows("sending");
    expect(phase()).toBe("sending");
    broadcast.start();
    broadcast.nudge();
    expect(made[0]?.calls).toEqual(["start", "start", "nudge"]);
  });

  it("is asked for once: the sender begins with that pass, and asks for the next by its own name", async () => {
    broadcast.start();
    await wait(0);
    const [sender] = made;
    expect(await sender?.pass("broadcaster-before")).toEqual(roomPass("t1"));
    expect(await sender?.pass("t1")).toEqual(roomPass("t2"));
    expect(asked).toEqual(["broadcaster-before", "t1"]);
  });

  it("is asked for anew when the first pass has grown old", async () => {
    broadcast.start();
    await wait(31_000);
    expect(await made[0]?.pass(null)).toEqual(roomPass("t2"));
  });

  it("may change: the other sender takes over, and the first one waits for nothing", async () => {
    answer = () => Promise.resolve({ by: "relay", pass: relayPass });
    broadcast.start();
    await wait(0);
    await made[0]?.pass(null);
    answer = () => Promise.resolve({ by: "room", pass: roomPass("r") });
    const told = vi.fn();
    void made[0]?.pass(null).then(told);
    await wait(0);
    expect(made.map((sender) => [sender.by, sender.calls])).toEqual([
      ["relay", ["start", "stop"]],
      ["room", ["start"]],
    ]);
    expect(told).not.toHaveBeenCalled();
  });
});

describe("before there is a sender", () => {
  it.each<[Error, string]>([
    [new MediaAway(), "media_away"],
    [new TypeError("no network"), "line_cut"],
  ])("goes on asking: %s", async (error, code) => {
    const give = answer;
    answer = () => Promise.reject(error);
    broadcast.start();
    await wait(4_000);
    expect(broadcast.view.value).toMatchObject({ phase: "opening", problem: { code } });
    expect(asked.length).toBeGreaterThan(2);
    answer = give;
    broadcast.nudge();
    await wait(0);
    expect(made).toHaveLength(1);
  });

  it.each([
    ["ended", "ended"],
    ["refused", "blocked"],
    ["signed_out", "blocked"],
  ] as const)("asks no more when the server says: %s", async (why, expected) => {
    answer = () => Promise.reject(new PassRefused(why));
    broadcast.start();
    await wait(30_000);
    expect(phase()).toBe(expected);
    expect(asked).toHaveLength(1);
  });

  it("gives way to another studio, until a person takes it back without leaving anybody", async () => {
    const give = answer;
    answer = () => Promise.reject(new PassRefused("taken"));
    broadcast.start();
    await wait(30_000);
    expect(phase()).toBe("taken");
    answer = give;
    broadcast.start();
    await wait(0);
    expect(made).toHaveLength(1);
    expect(asked).toEqual(["broadcaster-before", null]);
  });

  it("stopped while the code is loaded, starts nothing", async () => {
    let loaded = (): void => undefined;
    load = () => new Promise((resolve) => (loaded = resolve));
    broadcast.start();
    await wait(0);
    broadcast.stop();
    loaded();
    await wait(0);
    expect(made[0]?.calls).toEqual(["stop"]);
    expect(phase()).toBe("stopped");
    broadcast.start();
    await wait(10_000);
    expect(asked).toHaveLength(1);
  });
});
