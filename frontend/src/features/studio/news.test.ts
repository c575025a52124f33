import { expect, test } from "vitest";
import type { Message, Row } from "../room/log";
import { toldOf } from "./news";

type Card = NonNullable<Message["card"]>;

function said(card: Card | null, name: string | null = "Ada"): Row {
  const user = name === null ? null : ({ id: "u", name, role: "viewer" } as Message["user"]);
  const message: Message = { seq: 1, id: "m", client_id: null, kind: card?.kind ?? "text", user, text: "Bravo", at: "", card };
  return { kind: "message", key: "m", message };
}

const TIP = { kind: "tip", tip: "t", amount: 500, currency: "usd", tier: 2, pinned_until: null } as Card;
const gift = (quantity: number): Card =>
  ({ kind: "gift", gift: "rose", name: "Rose", animation: "float", rarity: "common", quantity, coins: quantity, combo: "c" });

test("gifts and tips are news, and what is only said is not", () => {
  expect([said(TIP), said(TIP, null), said(gift(1)), said(gift(5)), said(null)].map(toldOf)).toEqual([
    "Ada tipped 5.00 USD",
    "Somebody tipped 5.00 USD",
    "Ada gave Rose",
    "Ada gave Rose × 5",
    "",
  ]);
});

test("who left is no news", () => {
  const nobody = { names: [], others: 0 };
  const rows: Row[] = [
    { kind: "presence", key: "p", joined: { names: ["Ada"], others: 0 }, left: nobody },
    { kind: "presence", key: "q", joined: nobody, left: { names: ["Ada"], others: 0 } },
  ];
  expect(rows.map(toldOf)).toEqual(["Ada joined", ""]);
});
