/** The words of the ingest socket `/ws/ingest/<stream>/`, both ways. */

export interface IngestStart {
  type: "ingest:start";
  epoch: number;
  mime: string;
  width: number;
  height: number;
  bitrate: number;
}

export type IngestMessage =
  | { type: "ingest:ready"; epoch: number }
  | { type: "ingest:ack"; bytes: number }
  | { type: "ingest:restart"; reason: string }
  | { type: "ingest:state"; state: "live" | "starting"; bitrateBps: number; droppedChunks: number }
  | { type: "ingest:ended"; reason: string }
  | { type: "error"; code: string };

/** Why the server closed the socket; every other code means: come back. */
export const CloseCode = {
  SignInAgain: 4401,
  NotAllowed: 4403,
  NoSuchStream: 4404,
  TakenOver: 4409,
  StreamEnded: 4410,
} as const;

/** What one connection may do, as `/broadcast-token` answers. */
export interface IngestPass {
  url: string;
  maxFrameBytes: number;
  ackWindowSeconds: number;
  bitrates: readonly number[];
}

/** Read one text frame; `null` for anything this page does not know, so that an older page outlives a newer server. */
export function parseIngestMessage(text: string): IngestMessage | null {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof raw !== "object" || raw === null) return null;
  const body = raw as Record<string, unknown>;
  switch (body["type"]) {
    case "ingest:ready":
      return { type: "ingest:ready", epoch: number(body["epoch"]) };
    case "ingest:ack":
      return { type: "ingest:ack", bytes: number(body["bytes"]) };
    case "ingest:restart":
      return { type: "ingest:restart", reason: string(body["reason"]) };
    case "ingest:state":
      return {
        type: "ingest:state",
        state: body["state"] === "live" ? "live" : "starting",
        bitrateBps: number(body["bitrate_bps"]),
        droppedChunks: number(body["dropped_chunks"]),
      };
    case "ingest:ended":
      return { type: "ingest:ended", reason: string(body["reason"]) };
    case "error":
      return { type: "error", code: string(body["code"]) };
    default:
      return null;
  }
}

function number(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

function string(value: unknown): string {
  return typeof value === "string" ? value : "";
}
