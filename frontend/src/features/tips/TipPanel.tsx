import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../../ui/icon";
import { moneyText } from "../../ui/money";
import { text } from "../../ui/text";
import type { StreamPage } from "../stream/page";
import type { Visit } from "../stream/visit";
import type { Price, Tipping } from "./tipping";
import { words } from "./words";

interface Props {
  tipping: Tipping;
  visit: Visit;
  page: StreamPage;
  onClose: () => void;
  /** Something else took the place. */
  onGone: () => void;
}

/** The sheet for a tip: how much, what it says, who gets what; and where one stands that somebody went to pay. */
export function TipPanel({ tipping, visit, page, onClose, onGone }: Props) {
  const sheet = useRef<HTMLElement>(null);
  useEffect(() => {
    if (tipping.outcome.peek() === null) void tipping.load();
    sheet.current?.focus();
    return onGone;
  }, []);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    onClose();
  };
  const name = page.stream.creator.display_name;
  return (
    <section ref={sheet} class="sheet tip-sheet" role="dialog" aria-labelledby="tip-title" tabIndex={-1} onKeyDown={onKeyDown}>
      <header class="sheet-head">
        <h2 id="tip-title">{words.title(name)}</h2>
        <button type="button" class="btn btn-ghost btn-sm btn-square" onClick={onClose} aria-label={text.close}>
          <Icon name="close" />
        </button>
      </header>
      {tipping.outcome.value !== null ? (
        <Given tipping={tipping} page={page} onClose={onClose} />
      ) : (
        <Body tipping={tipping} visit={visit} page={page} name={name} />
      )}
    </section>
  );
}

function Body({ tipping, visit, page, name }: Pick<Props, "tipping" | "visit" | "page"> & { name: string }) {
  const price = tipping.price.value;
  if (tipping.state.value === "failed") {
    return (
      <p class="sheet-note" role="alert">
        {words.failed}{" "}
        <button type="button" class="btn btn-sm" onClick={() => void tipping.load()}>
          {text.tryAgain}
        </button>
      </p>
    );
  }
  if (price === null) return <div class="skeleton-block tip-skeleton" role="status" aria-label={words.loading} />;
  const closed = visit.isOver.value ? words.closed.over : visit.stage.value === "scheduled" ? words.closed.notLive : null;
  return (
    <form
      class="tip-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (page.isSignedIn) void tipping.give();
      }}
    >
      {price.payments === "sandbox" && (
        <p class="sheet-note quiet" role="note">
          {words.sandbox}
        </p>
      )}
      <Amounts tipping={tipping} price={price} />
      <Parts tipping={tipping} price={price} name={name} />
      <Message tipping={tipping} />
      <label class="check-line">
        <input
          type="checkbox"
          class="checkbox checkbox-sm"
          checked={tipping.anonymous.value}
          onChange={(event) => (tipping.anonymous.value = event.currentTarget.checked)}
        />
        {words.anonymous}
      </label>
      <Problem tipping={tipping} page={page} />
      <div class="tip-give">
        {closed !== null ? (
          <p class="sheet-note" role="status">
            {closed}
          </p>
        ) : page.isSignedIn ? (
          <Give tipping={tipping} price={price} />
        ) : (
          <a class="btn btn-money w-full" href={page.links.signIn}>
            {words.signIn}
          </a>
        )}
      </div>
    </form>
  );
}

function Amounts({ tipping, price }: { tipping: Tipping; price: Price }) {
  const field = useRef<HTMLInputElement>(null);
  const offered = tipping.offered.value;
  const amount = tipping.amount.value;
  const isWrong = offered === null && tipping.typed.value !== "" && (amount === null || amount < price.least || amount > price.most);
  return (
    <fieldset class="tip-amounts">
      <legend class="sr-only">{words.amount}</legend>
      {price.amounts.map((one) => (
        <button
          key={one.amount}
          type="button"
          class="btn tabular"
          aria-pressed={offered === one.amount}
          onClick={() => (tipping.offered.value = one.amount)}
        >
          {words.offered(one.amount, price.currency)}
        </button>
      ))}
      <div class="tip-other">
        <label for="tip-other">{words.other}</label>
        <input
          ref={field}
          id="tip-other"
          class="input tabular"
          inputMode="decimal"
          autocomplete="off"
          maxLength={12}
          aria-label={words.otherLabel(price.currency)}
          aria-invalid={isWrong}
          aria-describedby="tip-range"
          value={offered === null ? tipping.typed.value : ""}
          onFocus={() => (tipping.offered.value = null)}
          onInput={(event) => {
            tipping.offered.value = null;
            tipping.typed.value = event.currentTarget.value;
          }}
        />
        {price.currencies.length > 1 ? (
          <select
            class="select tip-currency"
            aria-label={words.currency}
            value={price.currency}
            onChange={(event) => void tipping.load(event.currentTarget.value)}
          >
            {price.currencies.map((currency) => (
              <option key={currency} value={currency}>
                {currency.toUpperCase()}
              </option>
            ))}
          </select>
        ) : (
          <span class="quiet">{price.currency.toUpperCase()}</span>
        )}
      </div>
      <p class={isWrong ? "field-error" : "sr-only"} id="tip-range" role={isWrong ? "alert" : undefined}>
        {words.range(price.least, price.most, price.currency)}
      </p>
    </fieldset>
  );
}

function Message({ tipping }: { tipping: Tipping }) {
  const left = tipping.charactersLeft.value;
  return (
    <div class="field">
      <label for="tip-message">
        {words.message} <span class="quiet">{words.optional}</span>
      </label>
      <textarea
        id="tip-message"
        class="chat-input"
        rows={2}
        value={tipping.message.value}
        aria-invalid={left < 0}
        aria-describedby="tip-count"
        onInput={(event) => (tipping.message.value = event.currentTarget.value)}
      />
      <p id="tip-count" class={left < 0 ? "field-error" : "field-hint tabular"} role="status">
        {left < 0 ? `${words.tooLong(-left)}. ${words.longer}` : words.left(left)}
      </p>
    </div>
  );
}

function Parts({ tipping, price, name }: { tipping: Tipping; price: Price; name: string }) {
  const parts = tipping.parts.value;
  const tier = tipping.tier.value;
  const money = (amount: number): string => moneyText(amount, price.currency);
  const firstPinned = price.tiers.find(({ pinned_seconds }) => pinned_seconds > 0);
  return (
    <div class="tip-parts tabular" aria-live="polite">
      {parts !== null && (
        <p>
          <b>{words.gets(name, money(parts.creator))}</b>{" "}
          <span class="quiet">{words.fees(money(parts.platform), money(parts.processing))}</span>
        </p>
      )}
      {parts !== null && tier !== null && (
        <p class={`tip-pin tip-${tier.tier}`}>
          {tier.pinned_seconds > 0
            ? words.pinned(tier.pinned_seconds)
            : `${words.notPinned}${firstPinned ? ` ${words.pinnedFrom(money(firstPinned.least))}` : ""}`}
        </p>
      )}
    </div>
  );
}

function Give({ tipping, price }: { tipping: Tipping; price: Price }) {
  const amount = tipping.amount.value;
  const isLeaving = tipping.isLeaving.value;
  return (
    <button type="submit" class="btn btn-money w-full" disabled={!tipping.canGive}>
      {isLeaving ? words.opening : amount === null ? words.giveNothing : words.give(moneyText(amount, price.currency))}
    </button>
  );
}

/** What became of a tip that somebody went to pay. */
function Given({ tipping, page, onClose }: Pick<Props, "tipping" | "page" | "onClose">) {
  const tip = tipping.given.value;
  const outcome = tipping.outcome.value;
  if (tip === null || outcome === null) return null;
  const amount = moneyText(tip.order.amount, tip.order.currency);
  const canGoOn = outcome === "left" || outcome === "declined" || outcome === "over";
  const isLeaving = tipping.isLeaving.value;
  const receipt = tip.order.receipts[0];
  const drop = async (): Promise<void> => {
    if (await tipping.drop()) onClose();
  };
  return (
    <div class="tip-given" data-outcome={outcome}>
      <p role="status">{words.outcome(outcome, amount)}</p>
      {tip.message !== "" && (
        <blockquote class={`chat-card tip-${tip.tier}`}>
          <span class="sr-only">{words.yours}: </span>
          {tip.message}
        </blockquote>
      )}
      <Problem tipping={tipping} page={page} />
      <div class="tip-acts">
        {canGoOn && (
          <>
            <button type="button" class="btn btn-money" disabled={isLeaving} onClick={() => void tipping.again()}>
              {isLeaving ? words.opening : outcome === "left" ? words.again : words.retry}
            </button>
            <button type="button" class="btn" disabled={isLeaving} onClick={() => void change(tipping)}>
              {words.change}
            </button>
            <button type="button" class="btn btn-ghost" disabled={isLeaving} onClick={() => void drop()}>
              {words.drop}
            </button>
          </>
        )}
        {outcome === "waiting" && (
          <button type="button" class="btn btn-ghost" onClick={() => void drop()}>
            {words.drop}
          </button>
        )}
        {(outcome === "paid" || outcome === "processing") && (
          <button type="button" class="btn" onClick={onClose}>
            {words.done}
          </button>
        )}
        {outcome === "paid" && receipt !== undefined && (
          <a class="btn btn-ghost" href={`/wallet/receipts/${receipt.id}`}>
            {words.receipt}
          </a>
        )}
      </div>
    </div>
  );
}

async function change(tipping: Tipping): Promise<void> {
  await tipping.load();
  await tipping.change();
}

function Problem({ tipping, page }: Pick<Props, "tipping" | "page">) {
  const trouble = tipping.trouble.value;
  if (trouble === null) return null;
  return (
    <p class="sheet-note gift-problem" role="alert">
      {words.refused(trouble)}{" "}
      {trouble.code === "email_unconfirmed" && (
        <a class="btn btn-sm" href={page.links.confirmEmail}>
          {text.chat.confirm}
        </a>
      )}
      {trouble.code === "not_signed_in" && (
        <a class="btn btn-sm" href={page.links.signIn}>
          {text.chat.signIn}
        </a>
      )}
    </p>
  );
}
