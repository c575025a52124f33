import { api } from "../../api/client";
import type { Place } from "./place";

export const TIMEOUT_MOST_SECONDS = 14 * 86_400;
/** As long as by key and by the button on a line. */
export const USUAL_TIMEOUT_SECONDS = 600;

export type TeamRole = "vip" | "moderator" | "lead";

/** What a team does in its channel, and everybody for themselves: one call each. All of them reject with ApiError. */
export class Acts {
  private readonly channel: string;
  private readonly messages: string;

  constructor(place: Place) {
    this.channel = `/api/channels/${encodeURIComponent(place.channel.username)}`;
    this.messages = `/api/streams/${place.streamId}/messages`;
  }

  removeMessage(id: string): Promise<unknown> {
    return api(`${this.messages}/${id}`, { method: "DELETE" });
  }

  purge(person: string): Promise<unknown> {
    return api(`${this.messages}?user=${person}`, { method: "DELETE" });
  }

  timeOut(person: string, seconds: number, reason = ""): Promise<unknown> {
    return api(`${this.channel}/timeouts/${person}`, { method: "PUT", body: { seconds, reason } });
  }

  endTimeout(person: string): Promise<unknown> {
    return api(`${this.channel}/timeouts/${person}`, { method: "DELETE" });
  }

  ban(person: string, how: { reason: string; purge: boolean; with_networks: boolean }): Promise<unknown> {
    return api(`${this.channel}/bans/${person}`, { method: "PUT", body: how });
  }

  unban(person: string): Promise<unknown> {
    return api(`${this.channel}/bans/${person}`, { method: "DELETE" });
  }

  warn(person: string, reason: string): Promise<unknown> {
    return api(`${this.channel}/warnings/${person}`, { method: "POST", body: { reason } });
  }

  invite(person: string, role: TeamRole): Promise<unknown> {
    return api(`${this.channel}/team`, { method: "POST", body: { user_id: person, role } });
  }

  changeRole(person: string, role: TeamRole): Promise<unknown> {
    return api(`${this.channel}/team/${person}`, { method: "PATCH", body: { role } });
  }

  takeRole(person: string): Promise<unknown> {
    return api(`${this.channel}/team/${person}`, { method: "DELETE" });
  }

  block(person: string): Promise<unknown> {
    return api(`/api/users/${person}/block`, { method: "POST" });
  }

  unblock(person: string): Promise<unknown> {
    return api(`/api/users/${person}/block`, { method: "DELETE" });
  }
}
