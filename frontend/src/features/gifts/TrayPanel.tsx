import { useEffect, useMemo, useRef } from "preact/hooks";
import { Icon } from "../../ui/icon";
import { moneyText } from "../../ui/money";
import { text } from "../../ui/text";
import type { StreamPage } from "../stream/page";
import type { Visit } from "../stream/visit";
import { QUANTITY_MOST, type Trouble } from "./giving";
import { Holding } from "./holding";
import { GiftPicture } from "./pictures";
import type { Tray } from "./tray";
import { trayWords, type Told } from "./tray-words";
import type { Gift } from "./types";
import { words } from "./words";

interface Props {
  tray: Tray;
  visit: Visit;
  page: StreamPage;
  onClose: () => void;
}

/** The sheet with the gifts. It lies beside the picture or under it, and the page behind it goes on. */
export function TrayPanel({ tray, visit, page, onClose }: Props) {
  const sheet = useRef<HTMLElement>(null);
  useEffect(() => {
    void tray.load();
    sheet.current?.focus();
  }, []);
  const isReady = tray.state.value === "ready";
  useEffect(() => {
    if (!isReady || !sheet.current) return;
    // Whoever looks elsewhere by now is not called back.
    if (!sheet.current.contains(document.activeElement)) return;
    const gifts = [...sheet.current.querySelectorAll<HTMLElement>("[data-gift]")];
    (gifts.find(({ dataset }) => dataset["gift"] === tray.chosen.peek()) ?? gifts[0])?.focus();
  }, [isReady]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    onClose();
  };
  return (
    <section
      ref={sheet}
      class="sheet gift-tray"
      role="dialog"
      aria-labelledby="gift-tray-title"
      tabIndex={-1}
      onKeyDown={onKeyDown}
    >
      <header class="sheet-head">
        <h2 id="gift-tray-title">{trayWords.title}</h2>
        <Balance tray={tray} />
        <button type="button" class="btn btn-ghost btn-sm btn-square" onClick={onClose} aria-label={text.close}>
          <Icon name="close" />
        </button>
      </header>
      <Body tray={tray} visit={visit} page={page} />
    </section>
  );
}

function Balance({ tray }: { tray: Tray }) {
  const balance = tray.giving.balance.value;
  return (
    <p class="gift-balance tabular">
      {balance !== null && (
        <>
          <span class="sr-only">{trayWords.yours} </span>
          <Icon name="coin" />
          <b data-gift-balance={balance}>{trayWords.balance(balance)}</b>
        </>
      )}
    </p>
  );
}

function Body({ tray, visit, page }: { tray: Tray; visit: Visit; page: StreamPage }) {
  const { giving } = tray;
  if (tray.state.value === "loading") {
    return (
      <div class="gift-grid" role="status" aria-label={trayWords.loading}>
        {Array.from({ length: 7 }, (_none, place) => (
          <span key={place} class="skeleton-block gift-skeleton" />
        ))}
      </div>
    );
  }
  if (tray.state.value === "failed") {
    return (
      <p class="sheet-note" role="alert">
        {trayWords.failed}{" "}
        <button type="button" class="btn btn-sm" onClick={() => void tray.load()}>
          {text.tryAgain}
        </button>
      </p>
    );
  }
  const closed = whyClosed(tray, visit, page);
  const trouble = giving.trouble.value;
  const isBuying = trouble !== null && "missing" in trouble;
  return (
    <>
      {tray.isSandbox.value && (
        <p class="sheet-note quiet" role="note">
          {trayWords.sandbox}
        </p>
      )}
      {closed && <Problem told={closed} tray={tray} visit={visit} page={page} />}
      {isBuying ? (
        <Short tray={tray} trouble={trouble} page={page} visit={visit} />
      ) : (
        <>
          <Gifts tray={tray} page={page} isClosed={closed !== null} />
          {trouble !== null && (
            <Problem told={trayWords.refused(trouble.code)} tray={tray} visit={visit} page={page} />
          )}
          <Unsure tray={tray} />
          <Choices tray={tray} page={page} />
        </>
      )}
    </>
  );
}

/** Why nobody could send anything now, before anybody tries. */
function whyClosed(tray: Tray, visit: Visit, page: StreamPage): Told | null {
  if (visit.isOver.value) return trayWords.refused("stream_over");
  if (page.isOwn) return trayWords.refused("own_channel");
  if (tray.isFrozen.value) return trayWords.refused("wallet_frozen");
  if (visit.stage.value === "scheduled") return trayWords.refused("stream_not_live");
  return null;
}

function Gifts({ tray, page, isClosed }: { tray: Tray; page: StreamPage; isClosed: boolean }) {
  const gifts = tray.catalogue.value?.gifts ?? [];
  const chosen = tray.chosen.value;
  // One stop for the Tab key; the arrows go from gift to gift.
  const stop = gifts.some(({ sku }) => sku === chosen) ? chosen : gifts[0]?.sku;
  const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLElement }): void => {
    const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-gift]")];
    const next = nextPlace(event.key, buttons, document.activeElement);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    tray.chosen.value = next.dataset["gift"] ?? null;
    next.focus();
  };
  if (gifts.length === 0) return <p class="sheet-note quiet">{trayWords.empty}</p>;
  return (
    <div class="gift-grid" role="group" aria-label={trayWords.title} aria-description={trayWords.keys} onKeyDown={onKeyDown}>
      {gifts.map((gift) => (
        <GiftButton key={gift.sku} gift={gift} tray={tray} page={page} isClosed={isClosed} isStop={gift.sku === stop} />
      ))}
    </div>
  );
}

interface GiftProps {
  gift: Gift;
  tray: Tray;
  page: StreamPage;
  isClosed: boolean;
  isStop: boolean;
}

function GiftButton({ gift, tray, page, isClosed, isStop }: GiftProps) {
  const quantity = tray.quantity.value;
  const coins = gift.price_coins * quantity;
  const money = tray.money(coins);
  const act = useRef<() => boolean>(() => false);
  act.current = (): boolean => {
    if (page.isSignedIn) return tray.tap(gift);
    tray.chosen.value = gift.sku;
    location.assign(signInUrl(page, tray.wayBack));
    return false;
  };
  const holding = useMemo(() => new Holding(() => act.current()), []);
  useEffect(() => () => holding.release(), []);
  const streak = tray.giving.streak.value;
  return (
    <button
      type="button"
      class="gift-button"
      data-gift={gift.sku}
      tabIndex={isStop ? 0 : -1}
      disabled={isClosed}
      aria-label={trayWords.label(gift.name, quantity, coins, money)}
      onPointerDown={(event) => event.button === 0 && holding.press()}
      onPointerUp={() => holding.release()}
      onPointerLeave={() => holding.release()}
      onPointerCancel={() => holding.release()}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={(event) => {
        const isPress = event.key === "Enter" || event.key === " ";
        if (isPress && event.repeat && holding.isTooSoon(Date.now())) event.preventDefault();
      }}
      onFocus={() => (tray.chosen.value = gift.sku)}
      onClick={() => holding.click()}
    >
      <GiftPicture sku={gift.sku} animation={gift.animation} />
      <span class="gift-name">{gift.name}</span>
      <span class="gift-coins tabular">
        <Icon name="coin" />
        {trayWords.coins(coins)}
      </span>
      <span class="gift-money tabular">{money}</span>
      {streak?.sku === gift.sku && (
        <b key={streak.quantity} class="gift-streak tabular">
          {words.times(streak.quantity)}
        </b>
      )}
    </button>
  );
}

function Choices({ tray, page }: { tray: Tray; page: StreamPage }) {
  const quantity = tray.quantity.value;
  const rate = tray.catalogue.value?.rate;
  return (
    <footer class="gift-choices">
      <div class="gift-quantity" role="group" aria-label={trayWords.quantity}>
        <button type="button" class="btn btn-sm btn-square" aria-label={trayWords.less} disabled={quantity <= 1} onClick={() => tray.setQuantity(quantity - 1)}>
          −
        </button>
        <input
          class="input input-sm tabular"
          type="number"
          inputMode="numeric"
          min={1}
          max={QUANTITY_MOST}
          aria-label={trayWords.quantity}
          value={quantity}
          onChange={(event) => {
            tray.setQuantity(Number(event.currentTarget.value));
            event.currentTarget.value = String(tray.quantity.value);
          }}
        />
        <button type="button" class="btn btn-sm btn-square" aria-label={trayWords.more} disabled={quantity >= QUANTITY_MOST} onClick={() => tray.setQuantity(quantity + 1)}>
          +
        </button>
      </div>
      <label class="check-line">
        <input
          type="checkbox"
          class="checkbox checkbox-sm"
          checked={tray.anonymous.value}
          onChange={(event) => tray.setAnonymous(event.currentTarget.checked)}
        />
        {trayWords.anonymous}
      </label>
      {page.isSignedIn ? (
        <a class="btn btn-sm" href={`/wallet?next=${encodeURIComponent(tray.wayBack)}`}>
          {trayWords.buyCoins}
        </a>
      ) : (
        <a class="btn btn-sm btn-primary" href={signInUrl(page, tray.wayBack)}>
          {trayWords.signIn}
        </a>
      )}
      {rate && <p class="gift-rate quiet">{trayWords.rate(rate.coins, moneyText(rate.amount, rate.currency))}</p>}
    </footer>
  );
}

interface ShortProps {
  tray: Tray;
  trouble: Extract<Trouble, { missing: number }>;
  page: StreamPage;
  visit: Visit;
}

/** Too few coins: exactly the missing ones, or a pack; and back here afterwards. */
function Short({ tray, trouble, page, visit }: ShortProps) {
  const { missing, gift } = trouble;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    void tray.askPrices(missing);
    box.current?.focus();
  }, [missing]);
  const packs = tray.packs.value;
  const paying = tray.paying.value;
  const isLeaving = paying === "leaving";
  const back = (): void => {
    tray.giving.trouble.value = null;
    tray.packs.value = null;
  };
  return (
    <div class="gift-short" ref={box} tabIndex={-1}>
      <p role="alert">
        <GiftPicture sku={gift.sku} animation={gift.animation} /> <b>{trayWords.short(missing, gift.name)}</b>
      </p>
      {packs === null && (paying === null || isLeaving) && <span class="skeleton-block gift-short-skeleton" />}
      {packs?.exact && (
        <button type="button" class="btn btn-primary w-full" disabled={isLeaving} onClick={() => void tray.buy({ coins: missing })}>
          {trayWords.exactly(packs.exact.coins, moneyText(packs.exact.amount, packs.exact.currency))}
        </button>
      )}
      {packs && (
        <ul class="gift-packs">
          {packs.packs
            .filter(({ coins }) => coins >= missing)
            .slice(0, 4)
            .map(({ id, coins, amount, currency }) => (
              <li key={id}>
                <button type="button" class="btn w-full" disabled={isLeaving} onClick={() => void tray.buy({ pack: id })}>
                  {trayWords.pack(coins, moneyText(amount, currency))}
                </button>
              </li>
            ))}
        </ul>
      )}
      {isLeaving && <p role="status">{trayWords.opening}</p>}
      {paying !== null && !isLeaving && <Problem told={trayWords.refused(paying)} tray={tray} visit={visit} page={page} />}
      <p class="quiet">{trayWords.comeBack}</p>
      <button type="button" class="btn btn-ghost btn-sm" onClick={back}>
        {trayWords.notNow}
      </button>
    </div>
  );
}

/** Gifts of which nobody knows here whether they arrived. */
function Unsure({ tray }: { tray: Tray }) {
  const { giving } = tray;
  const taps = giving.unsure.value.length;
  if (taps === 0) return null;
  return (
    <p class="sheet-note" role="alert">
      {trayWords.unsure(taps)}{" "}
      <button type="button" class="btn btn-sm" onClick={() => giving.retry()}>
        {text.tryAgain}
      </button>{" "}
      <button type="button" class="btn btn-ghost btn-sm" onClick={() => void giving.discard()}>
        {trayWords.leaveIt}
      </button>
    </p>
  );
}

function Problem({ told, tray, visit, page }: { told: Told; tray: Tray; visit: Visit; page: StreamPage }) {
  const links = {
    sign_in: signInUrl(page, tray.wayBack),
    confirm_email: page.links.confirmEmail,
    wallet: `/wallet?next=${encodeURIComponent(tray.wayBack)}`,
    ticket: visit.buyUrl,
  };
  return (
    <p class="sheet-note gift-problem" role="alert">
      {told.words}{" "}
      {told.help && (
        <a class="btn btn-sm" href={links[told.help]}>
          {trayWords.help[told.help]}
        </a>
      )}
    </p>
  );
}

/** The sign-in page, which leads back to where the tray is open. */
function signInUrl(page: StreamPage, wayBack: string): string {
  const url = new URL(page.links.signIn, location.href);
  url.searchParams.set("next", wayBack);
  return url.pathname + url.search;
}

/** Where an arrow leads among buttons in rows, by where they stand. Exported for its test. */
export function nextPlace(key: string, buttons: readonly HTMLElement[], from: Element | null): HTMLElement | null {
  const place = buttons.findIndex((button) => button === from);
  if (place < 0) return null;
  const at = (index: number): HTMLElement | null => buttons[index] ?? null;
  switch (key) {
    case "ArrowRight":
      return at(Math.min(place + 1, buttons.length - 1));
    case "ArrowLeft":
      return at(Math.max(place - 1, 0));
    case "Home":
      return at(0);
    case "End":
      return at(buttons.length - 1);
    case "ArrowDown":
    case "ArrowUp": {
      const top = (button: HTMLElement): number => button.offsetTop;
      const here = at(place);
      if (!here) return null;
      const perRow = Math.max(1, buttons.filter((button) => top(button) === top(here)).length);
      const first = buttons.filter((button) => top(button) === top(buttons[0] ?? here)).length;
      const step = key === "ArrowDown" ? Math.max(perRow, first) : -Math.max(perRow, first);
      return at(place + step) ?? here;
    }
    default:
      return null;
  }
}
