import { useEffect, useRef } from "preact/hooks";
import type { Announcer } from "./announcer";
import { play } from "./particles";
import { GiftPicture } from "./pictures";
import type { Big, Card, GiftShow } from "./show";
import { words } from "./words";

/** The room's gifts over the picture. Nothing here can be touched, and all of it goes by itself. */
export function Layer({ show, announcer, isStill }: { show: GiftShow; announcer: Announcer; isStill: () => boolean }) {
  const big = show.big.value;
  return (
    <>
      <p class="sr-only" role="status">
        {announcer.said.value}
      </p>
      <div class="gift-show" aria-hidden="true">
        <div class="gift-cards">
          {show.cards.value
            // Its own card lies across the picture.
            .filter(({ key }) => key !== big?.key)
            .map((card) => (
              <Streak key={card.key} card={card} />
            ))}
          {show.more.value > 0 && <p class="gift-card gift-more">{words.more(show.more.value)}</p>}
        </div>
        {show.floats.value.map(({ key, sku, animation, lane }) => (
          <span key={key} class={`gift-float gift-lane-${lane}`}>
            <GiftPicture sku={sku} animation={animation} />
          </span>
        ))}
        {show.bursts.value.map((burst, place) => (
          <Burst key={burst.key} burst={burst} place={place} />
        ))}
        {big && <Across key={big.key} big={big} isStill={isStill()} />}
      </div>
    </>
  );
}

function Streak({ card }: { card: Card }) {
  return (
    <p class={`gift-card gift-${card.rarity}`} data-gift-card={card.sku}>
      <GiftPicture sku={card.sku} animation={card.animation} />
      <span class="gift-who">
        <b>{card.who ?? words.anonymous}</b>
        <span>{card.name}</span>
      </span>
      <span key={card.quantity} class="gift-times tabular">
        {words.times(card.quantity)}
      </span>
    </p>
  );
}

const RAYS = Array.from({ length: 8 }, (_none, ray) => ray);

function Burst({ burst, place }: { burst: Card; place: number }) {
  return (
    <span class={`gift-burst gift-burst-${place}`}>
      {RAYS.map((ray) => (
        <i key={ray} class={`gift-ray gift-ray-${ray}`} />
      ))}
      <GiftPicture sku={burst.sku} animation={burst.animation} />
    </span>
  );
}

/** Across the whole picture, with the name; a card in its middle for whoever wants nothing to move. */
function Across({ big, isStill }: { big: Big; isStill: boolean }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (!canvas.current) return;
    return play(canvas.current, big.animation === "confetti" ? "confetti" : "fireworks");
  }, []);
  return (
    <div class="gift-across" data-gift-across={big.sku}>
      {!isStill && <canvas ref={canvas} class="gift-canvas" />}
      <p class={`gift-banner gift-${big.rarity}`}>
        <GiftPicture sku={big.sku} animation={big.animation} />
        <span>
          {words.sent(big.who, big.name)}
          {big.quantity > 1 && <b class="tabular"> {words.times(big.quantity)}</b>}
        </span>
      </p>
    </div>
  );
}
