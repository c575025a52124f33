import { vi } from "vitest";
import { Chat } from "../room/chat";
import type { ChatMe, Rank } from "../room/standing";
import type { Place } from "./place";

/** What was asked of the server. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
}

/** Answers by "METHOD path", for tests; what is not there is 204. Returns all that was asked. */
export function answering(answers: Readonly<Record<string, { status: number; json?: unknown }>>): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal("fetch", (url: string, { method = "GET", body = null }: RequestInit = {}) => {
    const sent: unknown = typeof body === "string" ? JSON.parse(body) : null;
    asked.push({ method, url, body: sent });
    const { status, json } = answers[`${method} ${url}`] ?? { status: 204 };
    return Promise.resolve(new Response(json === undefined ? null : JSON.stringify(json), { status }));
  });
  return asked;
}

export function placeFor(rank: Rank, name: string | null = "Mo"): Place {
  const chat = new Chat("s1", () => true, {
    nextFrame: (act) => act(),
    setTimeout: () => undefined,
    newId: () => "c1",
    standing: { ask: () => Promise.resolve(null), now: Date.now },
  });
  chat.you.value = { name, canChat: true, reason: null };
  const me: Partial<ChatMe> = { rank, moderates: !["nobody", "vip"].includes(rank) };
  chat.standing.take(me);
  chat.ownId.value = "me";
  const channel = { id: "c", username: "jonas", name: "Jonas" };
  return { streamId: "s1", title: "Cello", channel, chat, links: { signIn: "/in", confirmEmail: "/mail" } };
}
