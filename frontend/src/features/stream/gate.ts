import { api, type ApiError } from "../../api/client";

/** What a ticket costs. `amount` is in minor units; at least one of both is there. */
export interface Price {
  readonly amount: number | null;
  readonly currency: string;
  readonly coins: number | null;
  readonly pay_what_you_want: boolean;
}

/** The JSON that the page of a stream with a price carries for whoever looks at it. */
export interface Gate {
  readonly price: Price;
  /** Whoever looks has a ticket, and needs nothing of this. */
  readonly has_ticket: boolean;
  /** They look in without one already, and the page was loaded again. */
  readonly is_looking_in: boolean;
  readonly preview_seconds_left: number;
  /** Nobody else has tickets. */
  readonly is_signed_in: boolean;
  /** By the server's clock: this page's may be wrong. */
  readonly now: string;
  /** Where to buy. */
  readonly url: string;
}

/** Why the page was not let in, by the API's code, and what would help. */
export interface Refusal {
  readonly code: string;
  readonly help: string | null;
  /** How long one may still look in without a ticket. */
  readonly previewSecondsLeft?: number;
}

export const NO_TICKET = "ticket_required";
export const OTHER_DEVICE = "ticket_elsewhere";

export function pageGate(root: Document = document): Gate | null {
  const json = root.getElementById("ticket-gate")?.textContent;
  return json ? (JSON.parse(json) as Gate) : null;
}

/** With this the page begins: nobody without a ticket knocks before they choose to, since that uses their preview. */
export function atGate(gate: Gate | null | undefined): Refusal | null {
  return gate && !gate.has_ticket && !gate.is_looking_in ? noTicket(gate.preview_seconds_left) : null;
}

export function noTicket(previewSecondsLeft: number): Refusal {
  return { code: NO_TICKET, help: "buy_ticket", previewSecondsLeft };
}

/** The refusals that a ticket would end; null for all others. */
export function refusalAtGate(error: ApiError): Refusal | null {
  const { code, details } = error;
  if (code === OTHER_DEVICE) return { code, help: "take_over" };
  if (code !== NO_TICKET) return null;
  const left = details["preview_seconds_left"];
  return noTicket(typeof left === "number" ? left : 0);
}

export function isAboutTickets(refusal: Refusal | null): boolean {
  return refusal?.code === NO_TICKET || refusal?.code === OTHER_DEVICE;
}

/** Where one's ticket is in use at the moment; null without one that is valid. Rejects when it cannot be known. */
export async function ticketOf(streamId: string): Promise<"here" | "elsewhere" | null> {
  const { ticket } = await api<{ ticket: { elsewhere: boolean } | null }>(`/api/streams/${streamId}/ticket`);
  return ticket && (ticket.elsewhere ? "elsewhere" : "here");
}
