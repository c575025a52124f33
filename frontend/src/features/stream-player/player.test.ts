// @vitest-environment happy-dom
import { signal } from "@preact/signals-core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Playback } from "../../api/types";
import type { Source, Trouble } from "../stream/source";
import type { Stage, Visit } from "../stream/visit";
import type { Engine, EngineEvents } from "./engine";
import { Player } from "./player";

const ROOM: Playback = { kind: "webrtc", url: "wss://media.example", token: "one", identity: "viewer-one", kinds: ["webrtc", "hls"] };
const PLAYLIST: Playback = { kind: "hls", url: "/hls/1", token: null, identity: null, kinds: ["webrtc", "hls"] };

/** Notes what it is told to do. */
class FakeEngine implements Engine {
  readonly done: string[] = [];
  readonly again;

  constructor(
    readonly kind: Playback["kind"],
    readonly events: EngineEvents,
  ) {
    this.again = kind === "webrtc" ? null : { reload: () => this.done.push("reload"), restart: () => this.done.push("restart") };
  }

  load(source: Playback): void {
    this.done.push(`load ${source.token ?? source.url}`);
  }
  setLevel(index: number): void {
    this.done.push(`level ${index}`);
  }
  livePosition(): null {
    return null;
  }
  behindSeconds(): number {
    return 0;
  }
  stop(): void {
    this.done.push("stop");
  }
  destroy(): void {
    this.done.push("destroy");
  }
}

const visit = {
  stage: signal<Stage>("live"),
  isOver: signal(false),
  refused: signal<{ code: string; help: null } | null>(null),
  playback: signal<Playback | null>(null),
  source: {
    trouble: signal<Trouble | null>(null),
    returns: signal(0),
    spend: vi.fn<Source["spend"]>(),
    retryNow: vi.fn<Source["retryNow"]>(),
    choose: vi.fn<Source["choose"]>(),
    works: vi.fn<Source["works"]>(),
    recheck: vi.fn<Source["recheck"]>(),
  },
  renewPlayback: vi.fn<Visit["renewPlayback"]>(),
};

let engines: FakeEngine[];
let video: HTMLVideoElement;
let plays: number;
let player: Player;
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1);
  vi.clearAllMocks();
  visit.source.spend.mockImplementation(() => {
    if (visit.playback.peek()?.kind === "webrtc") visit.playback.value = null;
  });
  visit.stage.value = "live";
  visit.isOver.value = false;
  visit.refused.value = null;
  visit.playback.value = null;
  engines = [];
  video = document.createElement("video");
  plays = 0;
  vi.spyOn(video, "play").mockImplementation(() => {
    plays += 1;
    return Promise.resolve();
  });
  player = new Player(visit as unknown as Visit, { picture: video, corner: document.createElement("video") }, (kind, _screens, events) => {
    const engine = new FakeEngine(kind, events);
    engines.push(engine);
    return Promise.resolve(engine);
  });
  stop = player.start();
});

afterEach(() => {
  stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function watch(playback: Playback): Promise<FakeEngine> {
  visit.playback.value = playback;
  await vi.advanceTimersByTimeAsync(0);
  return engines.at(-1) as FakeEngine;
}

async function playing(playback = ROOM): Promise<FakeEngine> {
  const engine = await watch(playback);
  video.dispatchEvent(new Event("loadeddata"));
  video.dispatchEvent(new Event("playing"));
  return engine;
}

test("a lost room gives back its token and asks for another at once", async () => {
  const engine = await playing();
  engine.events.onProblem("lost");
  expect(visit.source.spend).toHaveBeenCalledOnce();
  expect(player.phase.value).toBe("stalled");
  await vi.advanceTimersByTimeAsync(0);
  expect(visit.renewPlayback).toHaveBeenCalledOnce();
  await watch({ ...ROOM, token: "two" });
  expect([engines.length, engine.done]).toEqual([1, ["load one", "load two"]]);
});

test("who is thrown out again waits a little, and starts afresh once the server is back", async () => {
  const engine = await playing();
  engine.events.onProblem("lost");
  await vi.advanceTimersByTimeAsync(0);
  await watch({ ...ROOM, token: "two" });
  engine.events.onProblem("lost");
  await vi.advanceTimersByTimeAsync(900);
  expect(visit.renewPlayback).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(visit.renewPlayback).toHaveBeenCalledTimes(2);
  await watch({ ...ROOM, token: "three" });
  visit.source.returns.value += 1;
  engine.events.onProblem("lost");
  await vi.advanceTimersByTimeAsync(0);
  expect(visit.renewPlayback).toHaveBeenCalledTimes(3);
});

test("tokens that lead nowhere mean that the media server does not answer, until one does", async () => {
  const engine = await playing();
  for (const token of ["two", "three"]) {
    engine.events.onProblem("lost");
    await watch({ ...ROOM, token });
  }
  expect(player.phase.value).toBe("loading");
  engine.events.onProblem("lost");
  expect(player.phase.value).toBe("unreachable");
  video.dispatchEvent(new Event("playing"));
  expect(player.phase.value).toBe("playing");
  engine.events.onStall(true);
  expect(player.phase.value).toBe("stalled");
});

test("a token that came by another way makes asking needless", async () => {
  const engine = await playing();
  engine.events.onProblem("lost");
  visit.playback.value = { ...ROOM, token: "two" };
  await vi.advanceTimersByTimeAsync(0);
  expect(visit.renewPlayback).not.toHaveBeenCalled();
});

test("whoever looks at the page again does not wait", async () => {
  const engine = await playing();
  engine.events.onProblem("lost");
  await vi.advanceTimersByTimeAsync(0);
  engine.events.onProblem("lost");
  document.dispatchEvent(new Event("visibilitychange"));
  expect(visit.renewPlayback).toHaveBeenCalledTimes(2);
  expect(visit.source.retryNow).toHaveBeenCalled();
});

test("pictures are the proof that the media server works", async () => {
  await watch(ROOM);
  expect(visit.source.works).not.toHaveBeenCalled();
  video.dispatchEvent(new Event("playing"));
  expect(visit.source.works).toHaveBeenCalled();
});

test("a playlist is tried again as it is", async () => {
  const engine = await playing(PLAYLIST);
  engine.events.onProblem("network");
  await vi.advanceTimersByTimeAsync(700);
  expect(engine.done).toEqual(["load /hls/1", "reload"]);
  expect(visit.renewPlayback).not.toHaveBeenCalled();
});

test("another way of watching is another engine, and the first is let go", async () => {
  const first = await playing();
  first.events.onLevels([{ index: 1, height: 720, bitrate: 1 }]);
  player.setLevel(1);
  const second = await watch(PLAYLIST);
  expect([first.done, second.done]).toEqual([["load one", "level 1", "destroy"], ["load /hls/1"]]);
  expect([player.kind.value, player.levels.value]).toEqual(["hls", []]);
  second.events.onLevels([
    { index: 0, height: 360, bitrate: 1 },
    { index: 4, height: 720, bitrate: 2 },
  ]);
  expect([player.level.value, second.done.at(-1)]).toEqual([4, "level 4"]);
});

test("an engine that arrives after another was asked for is not used", async () => {
  visit.playback.value = ROOM;
  visit.playback.value = PLAYLIST;
  await vi.advanceTimersByTimeAsync(0);
  expect(engines.map((engine) => engine.done)).toEqual([["destroy"], ["load /hls/1"]]);
});

test("a stop of the pictures that the element does not notice is seen", async () => {
  const engine = await playing();
  vi.spyOn(video, "paused", "get").mockReturnValue(false);
  engine.events.onStall(true);
  expect([player.phase.value, player.stalledLong.value]).toEqual(["stalled", false]);
  await vi.advanceTimersByTimeAsync(3000);
  expect(player.stalledLong.value).toBe(true);
  engine.events.onStall(false);
  expect([player.phase.value, player.stalledLong.value]).toEqual(["playing", false]);
});

test("HLS that stands still for long while the stream goes on is asked about, a paused stream is not", async () => {
  await playing(PLAYLIST);
  video.dispatchEvent(new Event("waiting"));
  await vi.advanceTimersByTimeAsync(19_000);
  expect(visit.source.recheck).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(21_000);
  expect(visit.source.recheck).toHaveBeenCalledTimes(2);
  visit.stage.value = "paused";
  await vi.advanceTimersByTimeAsync(60_000);
  expect(visit.source.recheck).toHaveBeenCalledTimes(2);
  visit.stage.value = "live";
  video.dispatchEvent(new Event("playing"));
  await vi.advanceTimersByTimeAsync(60_000);
  video.dispatchEvent(new Event("waiting"));
  player.pause();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(visit.source.recheck).toHaveBeenCalledTimes(2);
});

test("a room is never asked about: it tells by itself", async () => {
  const engine = await playing();
  engine.events.onStall(true);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(visit.source.recheck).not.toHaveBeenCalled();
});

test("a line that wavers is one weak line", async () => {
  const engine = await playing();
  engine.events.onLine("poor");
  engine.events.onLine("good");
  await vi.advanceTimersByTimeAsync(14_000);
  expect(player.line.value).toBe("poor");
  engine.events.onLine("poor");
  await vi.advanceTimersByTimeAsync(14_000);
  engine.events.onLine("good");
  await vi.advanceTimersByTimeAsync(15_000);
  expect(player.line.value).toBe("good");
});

test("who is shut out leaves the room", async () => {
  const engine = await playing();
  visit.refused.value = { code: "forbidden", help: null };
  expect(engine.done.at(-1)).toBe("stop");
  expect(visit.playback.value).toBeNull();
  expect(player.phase.value).toBe("refused");
});

test("the end of the stream is the end of the line, and nothing is tried again", async () => {
  const engine = await playing();
  visit.isOver.value = true;
  engine.events.onProblem("lost");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(engine.done).toEqual(["load one", "stop"]);
  expect(visit.renewPlayback).not.toHaveBeenCalled();
});

test("a pause outlives a new token", async () => {
  const engine = await playing();
  player.pause();
  engine.events.onProblem("lost");
  await watch({ ...ROOM, token: "two" });
  engine.events.onMedia();
  expect(player.phase.value).toBe("paused");
  expect(plays).toBe(1);
});

test("leaving the page gives back the token and lets go of the engine", async () => {
  const engine = await playing();
  stop();
  expect(engine.done).toEqual(["load one", "stop", "destroy"]);
  expect(visit.playback.value).toBeNull();
});

test("before the gate nothing that came already plays on, and nothing is asked for, until there is a place again", async () => {
  const pause = vi.spyOn(video, "pause");
  const engine = await playing(PLAYLIST);
  engine.events.onProblem("refused");
  visit.playback.value = null;
  visit.refused.value = { code: "ticket_required", help: null };
  expect([engine.done.at(-1), pause.mock.calls.length, player.phase.value]).toEqual(["stop", 1, "refused"]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(visit.renewPlayback).not.toHaveBeenCalled();
  visit.refused.value = null;
  const before = plays;
  await watch({ ...PLAYLIST, url: "/hls/2" });
  expect([engine.done.at(-1), plays > before]).toEqual(["load /hls/2", true]);
});
