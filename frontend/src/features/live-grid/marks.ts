import { signal } from "@preact/signals-core";
import { api, ApiError } from "../../api/client";
import { moneyText } from "../../ui/money";
import { text } from "../../ui/text";

interface Price {
  readonly full_amount: number | null;
  readonly currency: string;
  readonly full_coins: number | null;
  readonly pay_what_you_want: boolean;
}

/** What the tickets of cards cost, by stream: the page comes with its own, and those of later cards are asked for once. */
export class Marks {
  private readonly known = signal<Readonly<Record<string, string>>>({});
  private readonly asked = new Set<string>();

  constructor(root: Document = document) {
    const written = root.getElementById("ticket-marks")?.textContent;
    if (written) this.known.value = JSON.parse(written) as Record<string, string>;
  }

  of(id: string): string {
    const mark = this.known.value[id];
    if (mark === undefined && !this.asked.has(id)) void this.ask(id);
    return mark ?? text.stream.ticket;
  }

  private async ask(id: string): Promise<void> {
    this.asked.add(id);
    try {
      const price = await api<Price>(`/api/streams/${id}/price`);
      this.known.value = { ...this.known.value, [id]: inWords(price) };
    } catch (error) {
      // It is free by now, or the server is away: the card says that there is a ticket.
      if (!(error instanceof ApiError)) throw error;
    }
  }
}

let ofPage: Marks | undefined;

/** All cards of a page share what is known. */
export function pageMarks(): Marks {
  return (ofPage ??= new Marks());
}

/** The twin of `ticket_marks` in payments/templatetags/tickets.py. */
function inWords({ full_amount: amount, currency, full_coins: coins, pay_what_you_want: isLeast }: Price): string {
  if (isLeast) return text.stream.payWhatYouWant;
  const ways = [
    ...(amount === null ? [] : [moneyText(amount, currency)]),
    ...(coins === null ? [] : [text.count(coins, "coin", "coins")]),
  ];
  return ways.join(" or ");
}
