// @vitest-environment happy-dom
import { afterEach, expect, it, vi } from "vitest";
import { ApiError } from "../../api/client";
import { askPass } from "./pass";

let asked: string[] = [];

function answers(status: number, body: object): void {
  asked = [];
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url);
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  });
}

afterEach(() => {
  vi.unstubAllGlobals();
});

it("takes a room for LiveKit, and names whom it leaves", async () => {
  const room = { url: "wss://busk", token: "t", identity: "broadcaster-2", height_most: 720, bitrate_most: 2_000_000 };
  answers(200, { room, ingest: null });
  expect(await askPass("s1", "broadcaster-1")).toEqual({
    by: "room",
    pass: { url: "wss://busk", token: "t", identity: "broadcaster-2", heightMost: 720, bitrateMost: 2_000_000 },
  });
  expect(asked).toEqual(["/api/streams/s1/broadcast-token?leaving=broadcaster-1"]);
});

it("takes an ingest for the relay", async () => {
  answers(200, { room: null, ingest: { url: "/ws", max_frame_bytes: 9, ack_window_seconds: 2, bitrates: [5] } });
  expect(await askPass("s1", null)).toEqual({
    by: "relay",
    pass: { url: "/ws", maxFrameBytes: 9, ackWindowSeconds: 2, bitrates: [5] },
  });
  expect(asked).toEqual(["/api/streams/s1/broadcast-token"]);
});

it.each<[number, string, object]>([
  [401, "not_signed_in", { why: "signed_out" }],
  [403, "forbidden", { why: "refused" }],
  [404, "not_found", { why: "ended" }],
  [410, "stream_over", { why: "ended" }],
  [409, "sent_elsewhere", { why: "taken" }],
  [503, "media_away", { message: "the media server is away" }],
  [429, "rate_limited", { status: 429 }],
])("%i %s is told as %o", async (status, code, told) => {
  answers(status, { code, details: {} });
  await expect(askPass("s1", null)).rejects.toMatchObject(told);
});

it("leaves to the caller what may pass by itself", async () => {
  answers(500, { code: "unexpected", details: {} });
  await expect(askPass("s1", null)).rejects.toBeInstanceOf(ApiError);
});
