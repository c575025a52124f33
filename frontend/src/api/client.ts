/** An answer that was not 2xx, in the one shape the API has. Callers switch on `code`, never on text. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;
  /** 0 when nothing came back at all. */
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;
  /** How long the server asks us to wait, when it says. */
  readonly retryAfterSeconds: number | null;

  constructor(answer: { code: string; status: number; details?: Record<string, unknown>; retryAfter?: number | null }) {
    super(answer.code);
    this.code = answer.code;
    this.status = answer.status;
    this.details = answer.details ?? {};
    this.retryAfterSeconds = answer.retryAfter ?? null;
  }
}

export interface Call {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** JSON, or a FormData for files. */
  body?: unknown;
  /** The same again under the same key is done once. */
  key?: string;
  signal?: AbortSignal;
}

/** A line that swallows everything never says no, and whoever waits for an answer would wait for ever. */
const PATIENCE_MS = 10_000;
/** Files may take their time on a slow line. */
const UPLOAD_PATIENCE_MS = 5 * 60_000;

/** Calls the API with the session cookie and its CSRF token; resolves to the JSON, or to null for 204. */
export async function api<T>(path: string, call: Call = {}): Promise<T> {
  const method = call.method ?? "GET";
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = cookie("csrftoken");
  if (call.key !== undefined) headers["Idempotency-Key"] = call.key;
  const tooLong = AbortSignal.timeout(call.body instanceof FormData ? UPLOAD_PATIENCE_MS : PATIENCE_MS);
  const signal = call.signal ? AbortSignal.any([call.signal, tooLong]) : tooLong;
  const request: RequestInit = { method, headers, credentials: "same-origin", signal };
  if (call.body instanceof FormData) {
    request.body = call.body;
  } else if (call.body !== undefined) {
    headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(call.body);
  }

  let response: Response;
  let json: unknown;
  try {
    response = await fetch(path, request);
    json = await readJson(response);
  } catch (error) {
    if (call.signal?.aborted) throw error;
    throw new ApiError({ code: "offline", status: 0 });
  }
  if (response.ok) return json as T;
  throw errorFrom(response, json);
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === "") return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function errorFrom(response: Response, json: unknown): ApiError {
  const body = (json ?? {}) as { code?: unknown; details?: unknown };
  const details = (body.details ?? {}) as Record<string, unknown>;
  const waits = [response.headers.get("Retry-After"), details["retry_after_seconds"]].map(Number);
  return new ApiError({
    code: typeof body.code === "string" ? body.code : "unexpected",
    status: response.status,
    details,
    retryAfter: waits.find((seconds) => seconds > 0) ?? null,
  });
}

/** A link of a paged answer on our own host: a cached answer may name the host that somebody else asked by. */
export function pathOf(link: string): string {
  const { pathname, search } = new URL(link, "http://localhost");
  return pathname + search;
}

export function cookie(name: string): string {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}
