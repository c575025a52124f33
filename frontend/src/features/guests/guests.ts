import { signal } from "@preact/signals-core";
import { api, ApiError } from "../../api/client";
import { words } from "./words";

export interface Guest {
  readonly id: string;
  /** null for somebody without an account, who came by a link. */
  readonly username: string | null;
}

export interface Invitation {
  readonly id: string;
  readonly most_guests: number;
  readonly guest_count: number;
  readonly expires_at: string;
  readonly revoked_at: string | null;
}

type Send = typeof api;

/** Whom a creator lets into an invited stream. Every change is the server's answer; nothing is shown before it. */
export class Guests {
  readonly guests = signal<readonly Guest[]>([]);
  readonly invitations = signal<readonly Invitation[]>([]);
  /** The address made last, shown until another is made. */
  readonly freshUrl = signal<string | null>(null);
  readonly problem = signal<string | null>(null);
  readonly isBusy = signal(false);

  constructor(
    private readonly streamId: string,
    private readonly send: Send = api,
  ) {}

  load(): Promise<boolean> {
    return this.try(async () => {
      const path = `/api/streams/${this.streamId}`;
      const [guests, invitations] = await Promise.all([
        this.send<Guest[]>(`${path}/guests`),
        this.send<Invitation[]>(`${path}/invitations`),
      ]);
      this.guests.value = guests;
      this.invitations.value = invitations;
    });
  }

  invite(username: string): Promise<boolean> {
    return this.try(async () => {
      const guest = await this.send<Guest>(`/api/streams/${this.streamId}/guests`, { method: "POST", body: { username } });
      this.guests.value = [...this.guests.value.filter(({ id }) => id !== guest.id), guest];
    });
  }

  remove(id: string): Promise<boolean> {
    return this.try(async () => {
      await this.send(`/api/streams/${this.streamId}/guests/${id}`, { method: "DELETE" });
      this.guests.value = this.guests.value.filter((guest) => guest.id !== id);
    });
  }

  makeLink(mostGuests: number, days: number): Promise<boolean> {
    return this.try(async () => {
      const made = await this.send<Invitation & { url: string }>(`/api/streams/${this.streamId}/invitations`, {
        method: "POST",
        body: { most_guests: mostGuests, days },
      });
      this.freshUrl.value = made.url;
      this.invitations.value = [made, ...this.invitations.value];
    });
  }

  revoke(id: string): Promise<boolean> {
    return this.try(async () => {
      await this.send(`/api/streams/${this.streamId}/invitations/${id}`, { method: "DELETE" });
      this.invitations.value = this.invitations.value.filter((invitation) => invitation.id !== id);
    });
  }

  private async try(act: () => Promise<void>): Promise<boolean> {
    if (this.isBusy.value) return false;
    this.isBusy.value = true;
    this.problem.value = null;
    try {
      await act();
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.problem.value = firstMessage(error) ?? words.failed;
      return false;
    } finally {
      this.isBusy.value = false;
    }
  }
}

function firstMessage(error: ApiError): string | null {
  if (error.code !== "invalid_input") return null;
  const [messages] = Object.values(error.details);
  return Array.isArray(messages) && typeof messages[0] === "string" ? messages[0] : null;
}
