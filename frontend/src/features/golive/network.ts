import { cookie } from "../../api/client";
import type { Network } from "./checklist";

const PATIENCE_MS = 20_000;

/** Sends bytes that compress to nothing less and measures how long they take. */
export async function testUpload(bytes: number): Promise<Network> {
  const body = new Uint8Array(bytes);
  // getRandomValues fills 64 KB at most.
  for (let start = 0; start < bytes; start += 65_536) crypto.getRandomValues(body.subarray(start, start + 65_536));
  const started = performance.now();
  try {
    const response = await fetch("/creator/network-test", {
      method: "POST",
      body,
      headers: { "X-CSRFToken": cookie("csrftoken"), "Content-Type": "application/octet-stream" },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (!response.ok) return { is: "failed" };
  } catch {
    return { is: "failed" };
  }
  const seconds = (performance.now() - started) / 1000;
  return { is: "measured", bitsPerSecond: Math.round((bytes * 8) / seconds) };
}
