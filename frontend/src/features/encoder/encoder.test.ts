import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError, type api } from "../../api/client";
import { Encoder, type Encoders, LOOK_MS } from "./encoder";

const STREAM = { id: "s", title: "Cello", status: "scheduled", on_air: false };
const NOTHING: Encoders = {
  whip: { url: "https://busk.example/whip", last_four: null },
  rtmp: null,
  rtmp_available: true,
  stream: null,
};
const away = new ApiError({ code: "offline", status: 0 });

/** A server that answers each path with what comes next, and its last word again and again. */
function server(answers: Record<string, unknown[]>) {
  const send = vi.fn((path: string, call?: { method?: string }) => {
    const found = answers[`${call?.method ?? "GET"} ${path}`] ?? [];
    const answer = found.length > 1 ? found.shift() : found[0];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
  return { encoder: new Encoder(send as unknown as typeof api), send };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("Encoder", () => {
  it("looks until it is left, and shows when the encoder is on air", async () => {
    const live = { ...NOTHING, stream: { ...STREAM, status: "live", on_air: true } };
    const { encoder, send } = server({ "GET /api/streams/encoder": [NOTHING, { ...NOTHING, stream: STREAM }, live] });
    const leave = encoder.follow();
    await vi.advanceTimersByTimeAsync(0);
    expect(encoder.stream.value).toBeNull();
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    expect(encoder.stream.value?.on_air).toBe(false);
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    expect(encoder.stream.value?.on_air).toBe(true);
    leave();
    await vi.advanceTimersByTimeAsync(10 * LOOK_MS);
    expect(send).toHaveBeenCalledTimes(3);
  });

  it("goes on looking when the server does not answer, and keeps what it knew", async () => {
    const { encoder } = server({ "GET /api/streams/encoder": [{ ...NOTHING, stream: STREAM }, away, NOTHING] });
    const leave = encoder.follow();
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    expect(encoder.stream.value).toEqual(STREAM);
    expect(encoder.refusal.value).toBeNull();
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    expect(encoder.stream.value).toBeNull();
    leave();
  });

  it("shows a key once, and forgets it with the address", async () => {
    const { encoder } = server({
      "GET /api/streams/encoder": [NOTHING],
      "POST /api/streams/encoder/rtmp": [{ url: "rtmp://x/live", stream_key: "abcd1234" }],
      "DELETE /api/streams/encoder/rtmp": [null],
      "POST /api/streams/key/reset": [{ stream_key: "live_x" }],
    });
    expect(await encoder.newRtmp()).toBe(true);
    expect(encoder.fresh.value).toEqual({ rtmp: "abcd1234" });
    await encoder.newStreamKey();
    expect(encoder.fresh.value).toEqual({ rtmp: "abcd1234", whip: "live_x" });
    await encoder.dropRtmp();
    expect(encoder.fresh.value).toEqual({ whip: "live_x" });
  });

  it("says why there is no key, and has none then", async () => {
    const refusal = new ApiError({ code: "reauthentication_required", status: 401 });
    const { encoder } = server({ "POST /api/streams/key/reset": [refusal] });
    expect(await encoder.newStreamKey()).toBe(false);
    expect(encoder.refusal.value?.code).toBe("reauthentication_required");
    expect(encoder.fresh.value).toEqual({});
    expect(encoder.isBusy.value).toBe(false);
  });

  it("does one thing at a time", async () => {
    const { encoder, send } = server({
      "GET /api/streams/encoder": [NOTHING],
      "POST /api/streams/encoder/rtmp": [{ url: "rtmp://x/live", stream_key: "k" }],
    });
    const [first, second] = await Promise.all([encoder.newRtmp(), encoder.newRtmp()]);
    expect([first, second]).toEqual([true, false]);
    expect(send.mock.calls.filter(([path]) => path.endsWith("rtmp"))).toHaveLength(1);
  });

  it("cancels what waits", async () => {
    const { encoder, send } = server({
      "GET /api/streams/encoder": [{ ...NOTHING, stream: STREAM }, NOTHING],
      "POST /api/streams/s/end": [{}],
    });
    await encoder.refresh();
    await encoder.cancel();
    expect(send).toHaveBeenCalledWith("/api/streams/s/end", { method: "POST" });
    expect(encoder.stream.value).toBeNull();
  });
});
