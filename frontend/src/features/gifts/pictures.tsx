import type { VNode } from "preact";

// Drawn here, small, so that no gift waits for a request. All are 24 by 24.
const PICTURES: Readonly<Record<string, () => VNode>> = {
  rose: () => (
    <>
      <path d="M12 11v11" stroke="#3f9b57" stroke-width="1.6" fill="none" />
      <path d="M12 17.5c-3.2.4-5-1-5.4-3.6 3-.2 5 1 5.4 3.6z" fill="#3f9b57" />
      <path d="M6.6 5.2 9.4 6 12 2.8 14.6 6l2.8-.8c.5 4.7-1.4 7.6-5.4 7.6S6.1 9.9 6.6 5.2z" fill="#e23b4e" />
      <path d="M9.4 6c.2 2.2 1.1 3.3 2.6 3.3S14.4 8.2 14.6 6L12 7.8z" fill="#a91d33" />
    </>
  ),
  heart: () => (
    <>
      <path d="M12 20.5 4.3 12.8C1.7 9.9 3.1 5 7.2 4.6c2-.2 3.8.9 4.8 2.7 1-1.8 2.8-2.9 4.8-2.7 4.1.4 5.5 5.3 2.9 8.2z" fill="#f0476f" />
      <path d="M6.2 9.3c.1-1.4.9-2.2 2.1-2.4" stroke="#ffc2d1" stroke-width="1.5" stroke-linecap="round" fill="none" />
    </>
  ),
  star: () => (
    <path
      d="m12 2.5 2.9 6.1 6.6.9-4.8 4.7 1.2 6.7-5.9-3.2-5.9 3.2 1.2-6.7L2.5 9.5l6.6-.9z"
      fill="#f5b92e"
      stroke="#c9851a"
      stroke-linejoin="round"
    />
  ),
  diamond: () => (
    <>
      <path d="M6.5 4h11L22 9.5 12 21 2 9.5z" fill="#4fb8e8" />
      <path d="M8.5 9.5 12 21l3.5-11.5z" fill="#8fd9f7" />
      <path d="M6.5 4 8.5 9.5 12 4l3.5 5.5 2-5.5z" fill="#bfeafc" />
      <path d="M2 9.5h20" stroke="#2b86b5" stroke-width=".7" />
    </>
  ),
  rocket: () => (
    <>
      <path d="M8.5 16.5c-2.3.7-3.3 2.7-3.5 5.5 2.8-.2 4.8-1.2 5.5-3.5z" fill="#f59b2e" />
      <path d="M8.2 10.5 4 11.3l-1 4.2 4.3-.6zM13.5 15.8l-.8 4.2-4.2 1 .6-4.3z" fill="#b8323f" />
      <path d="M21.8 2.2c.5 6.3-2 11.1-8.9 14.4l-5.5-5.5C10.7 4.2 15.5 1.7 21.8 2.2z" fill="#e9e4dc" />
      <path d="M21.8 2.2c.2 2.3-.1 4.4-.9 6.3l-5.4-5.4c1.9-.8 4-1.1 6.3-.9z" fill="#d8434f" />
      <circle cx="14.3" cy="9.7" r="2" fill="#3f88c5" stroke="#24577f" />
    </>
  ),
  crown: () => (
    <>
      <path d="M3 18 2 7l5.3 4L12 4l4.7 7L22 7l-1 11z" fill="#f5b92e" stroke="#c9851a" stroke-linejoin="round" />
      <path d="M3 18h18v3H3z" fill="#d6951f" />
      <circle cx="12" cy="14.5" r="1.5" fill="#d8434f" />
      <circle cx="7" cy="15" r="1.1" fill="#3f88c5" />
      <circle cx="17" cy="15" r="1.1" fill="#3f9b57" />
    </>
  ),
  mansion: () => (
    <>
      <path d="M1.5 10 12 2.5 22.5 10z" fill="#b8505a" />
      <path d="M3 10h18v11H3z" fill="#efe3cf" />
      <path d="M6 10v11M18 10v11" stroke="#cdb894" stroke-width="2" />
      <path d="M10 14h4v7h-4z" fill="#8a5a32" />
      <path d="M7.6 12h1.8v3H7.6zM14.6 12h1.8v3h-1.8z" fill="#4fa3d8" />
      <circle cx="12" cy="7.2" r="1.5" fill="#f5d27a" />
    </>
  ),
};

/** For what staff added to the catalogue: a parcel, in the colours of what it does. */
const PARCELS: Readonly<Record<string, readonly [string, string]>> = {
  float: ["#e0718a", "#ffd3dc"],
  burst: ["#d99a1c", "#ffe7a8"],
  fireworks: ["#4f7fd8", "#d3e2ff"],
  confetti: ["#3f9b57", "#c9f0d4"],
};

function Parcel({ animation }: { animation: string }) {
  const [box, ribbon] = PARCELS[animation] ?? ["#8a7f72", "#e9e0d4"];
  return (
    <>
      <path d="M3 8h18v4H3zM4.5 12h15v9h-15z" fill={box} />
      <path d="M10.5 8h3v13h-3zM12 8C9 8 6.5 6.5 7.5 4.5S11.5 5 12 8c.5-3 3.5-5.5 4.5-3.5S15 8 12 8z" fill={ribbon} />
    </>
  );
}

/** The picture of a gift. Decorative: its name stands beside it. */
export function GiftPicture({ sku, animation, class: classes = "" }: { sku: string; animation: string; class?: string }) {
  const draw = Object.hasOwn(PICTURES, sku) ? PICTURES[sku] : undefined;
  return (
    <svg class={`gift-picture ${classes}`} viewBox="0 0 24 24" aria-hidden="true">
      {draw ? draw() : <Parcel animation={animation} />}
    </svg>
  );
}
