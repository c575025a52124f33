import { beforeEach, describe, expect, test } from "vitest";
import { RoomSocket, type EventsAnswer, type SocketLike, type SocketStatus, type Stop, type World } from "./socket";
import type { WireEvent } from "./sequence";

/** A world without time or network: sockets are opened by hand and timers fire when asked. */
class TestWorld implements World {
  sockets: TestSocket[] = [];
  private timers = new Map<number, { act: () => void; at: number }>();
  private now = 0;
  private ids = 0;
  randomValue = 0.5;

  open(url: string): SocketLike {
    const socket = new TestSocket(url);
    this.sockets.push(socket);
    return socket;
  }
  setTimeout(act: () => void, milliseconds: number): number {
    this.timers.set(++this.ids, { act, at: this.now + milliseconds });
    return this.ids;
  }
  clearTimeout(id: number): void {
    this.timers.delete(id);
  }
  random(): number {
    return this.randomValue;
  }
  get timersLeft(): number {
    return this.timers.size;
  }
  async pass(milliseconds: number): Promise<void> {
    await settled();
    const until = this.now + milliseconds;
    for (;;) {
      const due = [...this.timers].filter(([, timer]) => timer.at <= until).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.timers.delete(due[0]);
      this.now = due[1].at;
      due[1].act();
      await settled();
    }
    this.now = until;
  }
}

class TestSocket implements SocketLike {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  sent: string[] = [];
  closedWith: number | undefined;
  constructor(readonly url: string) {}
  send(text: string): void {
    this.sent.push(text);
  }
  close(code?: number): void {
    this.closedWith = code;
  }
  frame(...events: object[]): void {
    this.onmessage?.({ data: JSON.stringify(events) });
  }
}

class Refused extends Error {}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
};
const welcome = (seq: number): object => ({ type: "room:welcome", seq, heartbeat_seconds: 10 });
const line = (seq: number): WireEvent => ({ type: "chat:message", seq });

let world: TestWorld;
let room: RoomSocket<WireEvent>;
let joins: number;
let joinFails: Error | null;
let asked: number[];
let answers: EventsAnswer<WireEvent>[];
let seen: (number | null | undefined)[];
let welcomes: boolean[];
let statuses: SocketStatus[];

beforeEach(() => {
  world = new TestWorld();
  joins = 0;
  joinFails = null;
  asked = [];
  answers = [];
  seen = [];
  welcomes = [];
  statuses = [];
  room = new RoomSocket<WireEvent>(
    {
      join: () => {
        joins += 1;
        return joinFails ? Promise.reject(joinFails) : Promise.resolve(`/ws/room?pass=${joins}`);
      },
      eventsAfter: (seq) => {
        asked.push(seq);
        const answer = answers.shift();
        return answer ? Promise.resolve(answer) : Promise.reject(new Error("down"));
      },
      refusal: (error): Stop | null => (error instanceof Refused ? "forbidden" : null),
      retryAfter: () => null,
      onEvent: (event) => seen.push(event.seq),
      onWelcome: (_welcome, continues) => welcomes.push(continues),
      onStatus: (status) => statuses.push(status),
    },
    world,
  );
});

async function connect(seq: number): Promise<TestSocket> {
  room.start();
  await settled();
  const socket = world.sockets.at(-1) as TestSocket;
  socket.frame(welcome(seq));
  return socket;
}

async function reconnect(socket: TestSocket, code = 1006): Promise<TestSocket> {
  socket.onclose?.({ code });
  await world.pass(600);
  return world.sockets.at(-1) as TestSocket;
}

const lastStatus = (): SocketStatus | undefined => statuses.at(-1);

describe("connecting", () => {
  test("asks for a pass of its own before every connect", async () => {
    const first = await connect(0);
    const second = await reconnect(first);
    expect([first.url, second.url]).toEqual(["/ws/room?pass=1", "/ws/room?pass=2"]);
  });

  test("is open once the room has said welcome, not before", async () => {
    room.start();
    await settled();
    expect(room.send({ type: "chat:send" })).toBe(false);
    (world.sockets[0] as TestSocket).frame(welcome(0));
    expect(lastStatus()).toEqual({ kind: "open" });
    expect(room.send({ type: "chat:send" })).toBe(true);
  });

  test("a failed join waits longer each time, spread by chance", async () => {
    joinFails = new Error("no network");
    room.start();
    await world.pass(60_000);
    const waits = statuses.flatMap((status) => (status.kind === "waiting" ? [status.milliseconds] : []));
    expect(waits.slice(0, 4)).toEqual([250, 500, 1000, 2000]);
    expect(Math.max(...waits)).toBe(5_000);
  });

  test("a join refused for good is not tried again", async () => {
    joinFails = new Refused();
    room.start();
    await world.pass(60_000);
    expect(joins).toBe(1);
    expect(lastStatus()).toEqual({ kind: "stopped", why: "forbidden" });
  });

  test("retryNow does not wait", async () => {
    const socket = await connect(0);
    world.randomValue = 1;
    socket.onclose?.({ code: 1006 });
    room.retryNow();
    await settled();
    expect(world.sockets).toHaveLength(2);
  });
});

describe("the end of a line", () => {
  test.each([
    [4401, "sign_in"],
    [4403, "forbidden"],
    [4404, "gone"],
    [4410, "ended"],
  ])("code %i is final: %s", async (code, why) => {
    await reconnect(await connect(0), code);
    await world.pass(60_000);
    expect(joins).toBe(1);
    expect(lastStatus()).toEqual({ kind: "stopped", why });
  });

  test("too many connections waits half a minute", async () => {
    const socket = await connect(0);
    socket.onclose?.({ code: 4429 });
    await world.pass(29_000);
    expect(joins).toBe(1);
    await world.pass(1500);
    expect(joins).toBe(2);
  });

  test("a line that stays silent over several heartbeats is given up and made anew", async () => {
    const socket = await connect(0);
    await world.pass(26_000);
    expect(socket.closedWith).toBe(1000);
    expect(world.sockets).toHaveLength(2);
  });

  test("stop leaves no timer and no socket", async () => {
    const socket = await connect(0);
    room.stop();
    expect(world.timersLeft).toBe(0);
    expect(socket.closedWith).toBe(1000);
  });

  test("what an abandoned socket still says is not heard", async () => {
    const first = await connect(3);
    await reconnect(first);
    first.frame(line(4));
    expect(seen).toEqual([]);
  });
});

describe("events", () => {
  test("every ten seconds the last number goes back as the heartbeat", async () => {
    const socket = await connect(6);
    socket.frame(line(7));
    await world.pass(10_000);
    expect(socket.sent).toEqual(['{"type":"room:ack","seq":7}']);
  });

  test("a gap is fetched once and handed on in order", async () => {
    const socket = await connect(3);
    answers = [{ events: [line(4), line(5)], last_seq: 6 }];
    socket.frame(line(6));
    socket.frame({ type: "viewer:count", viewers: 2 });
    await world.pass(500);
    expect(asked).toEqual([3]);
    expect(seen.filter((seq) => seq !== undefined)).toEqual([4, 5, 6]);
  });

  test("a gap that cannot be fetched is asked for again", async () => {
    const socket = await connect(3);
    socket.frame(line(5));
    await world.pass(500);
    answers = [{ events: [line(4)], last_seq: 5 }];
    await world.pass(3000);
    expect(seen).toEqual([4, 5]);
  });

  test("an answer that holds only a part is followed by the rest", async () => {
    const socket = await connect(3);
    answers = [
      { events: [line(4), line(5)], last_seq: 7 },
      { events: [line(6), line(7)], last_seq: 7 },
    ];
    socket.frame({ type: "room:resync", after_seq: 3, jitter_seconds: 0 });
    await world.pass(10);
    expect(seen).toEqual([4, 5, 6, 7]);
  });

  test("a resync waits its share of the jitter", async () => {
    const socket = await connect(3);
    socket.frame({ type: "room:resync", after_seq: 3, jitter_seconds: 4 });
    await world.pass(1900);
    expect(asked).toEqual([]);
    await world.pass(200);
    expect(asked).toEqual([3]);
  });

  test("after a reconnect the page goes on, and what was missed follows", async () => {
    const first = await connect(3);
    answers = [{ events: [line(4), line(5)], last_seq: 5 }];
    const second = await reconnect(first);
    second.frame(welcome(5));
    await world.pass(10);
    expect(welcomes).toEqual([false, true]);
    expect(seen).toEqual([4, 5]);
  });

  test("after a long absence it begins afresh instead", async () => {
    const first = await connect(3);
    const second = await reconnect(first);
    second.frame(welcome(2000));
    await world.pass(10);
    expect(welcomes).toEqual([false, false]);
    expect(asked).toEqual([]);
    expect(room.lastSeq).toBe(2000);
  });
});
