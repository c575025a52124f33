// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from "vitest";
import { api, ApiError } from "./client";

let requests: { url: string; init: RequestInit }[] = [];

function answerWith(status: number, body: string, headers: Record<string, string> = {}): void {
  requests = [];
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    requests.push({ url, init });
    return Promise.resolve(new Response(status === 204 ? null : body, { status, headers }));
  });
}

async function refusalOf(call: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof ApiError) return error;
  throw new Error("it was not refused");
}

afterEach(() => {
  vi.unstubAllGlobals();
});

test("a change carries the CSRF token and JSON; a question carries neither", async () => {
  document.cookie = "csrftoken=t%20k";
  answerWith(200, '{"following":true}');
  expect(await api("/x", { method: "POST", body: { a: 1 } })).toEqual({ following: true });
  await api("/x");
  const [change, question] = requests.map(({ init }) => init.headers as Record<string, string>);
  expect(change).toMatchObject({ "X-CSRFToken": "t k", "Content-Type": "application/json" });
  expect(question).toEqual({ Accept: "application/json" });
});

test("a refusal is an error with its code and details", async () => {
  answerWith(403, '{"code":"followers_only","details":{"help":"follow"}}');
  const error = await refusalOf(api("/x"));
  expect([error.code, error.status, error.details]).toEqual(["followers_only", 403, { help: "follow" }]);
});

test("it says how long to wait, from the header or the details", async () => {
  answerWith(429, '{"code":"rate_limited","details":{}}', { "Retry-After": "7" });
  expect((await refusalOf(api("/x"))).retryAfterSeconds).toBe(7);
  answerWith(429, '{"code":"rate_limited","details":{"retry_after_seconds":9}}');
  expect((await refusalOf(api("/x"))).retryAfterSeconds).toBe(9);
});

test("a proxy's page is no answer of ours, and no crash", async () => {
  answerWith(502, "<html>Bad gateway</html>");
  expect((await refusalOf(api("/x"))).code).toBe("unexpected");
});

test("without a network it says so", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  const error = await refusalOf(api("/x"));
  expect([error.code, error.status]).toEqual(["offline", 0]);
});

test("an empty answer is null", async () => {
  answerWith(204, "");
  expect(await api("/x", { method: "DELETE" })).toBeNull();
});
