import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { api } from "../../api/client";
import { moneyText } from "../../ui/money";
import { arePaymentsOn } from "../../ui/payments";
import { type Earned, EarnedCounter, type Room } from "./earned";
import { words } from "./words";

/** What the stream earned so far, in the line that never moves; a tap says from what. */
export function Counter({ streamId, room }: { streamId: string; room: Room }) {
  const counter = useMemo(() => new EarnedCounter(streamId, () => askEarned(streamId)), []);
  const open = useSignal(false);
  const connected = room.connection.value.kind === "open";
  useEffect(() => room.listen((event) => counter.hear(event)), []);
  useEffect(() => {
    if (arePaymentsOn()) void counter.refresh();
  }, [connected]);
  const earned = counter.value.value;
  if (!arePaymentsOn() || earned === null) return null;
  const money = (amount: number): string => moneyText(amount, earned.currency);
  const total = money(counter.total.value ?? 0);
  return (
    <div
      class="strip-earned"
      onKeyDown={(event) => {
        if (event.key === "Escape") open.value = false;
      }}
    >
      <button
        type="button"
        class="strip-earned-sum tabular"
        aria-expanded={open.value}
        aria-label={words.label(total)}
        onClick={() => (open.value = !open.value)}
      >
        {total}
      </button>
      {open.value && (
        <dl class="strip-earned-more">
          <Line name={words.gifts(earned.coins)}>{money(earned.gifts)}</Line>
          <Line name={words.tips}>{money(earned.tips)}</Line>
          <Line name={words.tickets}>{money(earned.tickets)}</Line>
          <div class="strip-earned-link">
            <dt>{words.yours}</dt>
            <dd>
              <a class="link" href="/earnings" target="_blank" rel="noopener">
                {words.all}
              </a>
            </dd>
          </div>
        </dl>
      )}
    </div>
  );
}

/** The same after the stream. */
export function EarnedInAll({ streamId }: { streamId: string }) {
  const earned = useSignal<Earned | null>(null);
  useEffect(() => {
    if (!arePaymentsOn()) return;
    askEarned(streamId).then(
      (answer) => (earned.value = answer),
      // It is on the page of earnings too.
      () => undefined,
    );
  }, []);
  if (earned.value === null) return null;
  const { gifts, tips, tickets, currency } = earned.value;
  return (
    <div>
      <dt>{words.earned}</dt>
      <dd class="tabular strip-earned-sum">{moneyText(gifts + tips + tickets, currency)}</dd>
    </div>
  );
}

/** To the page with all of them. */
export function EarningsLink() {
  if (!arePaymentsOn()) return null;
  return (
    <a class="btn" href="/earnings">
      {words.all}
    </a>
  );
}

function askEarned(streamId: string): Promise<Earned> {
  return api<Earned>(`/api/streams/${streamId}/earnings`);
}

function Line({ name, children }: { name: string; children: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="tabular">{children}</dd>
    </div>
  );
}
