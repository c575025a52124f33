/** What the API answers, under the names that the pages use. Made from the schema: `npm run gen:api`. */
import type { components } from "./schema.gen";

type Schemas = components["schemas"];

export type StreamStatus = Schemas["StreamStatus"];
export type Stream = Schemas["StreamOut"];
export type Card = Schemas["StreamCardOut"];
export type CardPage = Schemas["StreamPageOut"];
export type Playback = Schemas["PlaybackOut"];
export type Join = Schemas["JoinOut"];
export type ViewerToken = Schemas["ViewerTokenOut"];
export type MessagePage = Schemas["MessagePageOut"];
export type FollowState = Schemas["FollowOut"];
