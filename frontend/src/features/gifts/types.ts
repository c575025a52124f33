import type { components } from "../../api/schema.gen";
import type { ServerEvent } from "../../realtime/events.gen";

type Schemas = components["schemas"];

export type Gift = Schemas["GiftOut"];
export type Catalogue = Schemas["CatalogueOut"];
export type Rate = Schemas["CoinsRateOut"];
export type GiftSent = Extract<ServerEvent, { type: "gift:sent" }>;
export type Goal = Schemas["GoalOut"];
export type Leaderboard = Schemas["LeaderboardOut"];
