/** What the API answers, as the pages use it. The words are the server's, so they stay in snake_case. */

export type StreamStatus = "scheduled" | "live" | "ended" | "cancelled";

export interface Person {
  readonly id: string;
  readonly username: string;
  readonly display_name: string;
  readonly avatar_url: string | null;
}

export interface Thumbnail {
  readonly small: string;
  readonly medium: string;
  readonly large: string;
}

export interface Card {
  readonly id: string;
  readonly url: string;
  readonly title: string;
  readonly status: StreamStatus;
  readonly tags: readonly string[];
  readonly mature: boolean;
  readonly creator: Person;
  readonly viewers: { readonly current: number; readonly peak: number; readonly total: number };
  readonly started_at: string | null;
  readonly thumbnail: Thumbnail | null;
}

export interface CardPage {
  readonly next: string | null;
  readonly previous: string | null;
  readonly results: readonly Card[];
}

export interface Playback {
  readonly kind: "hls";
  readonly url: string;
}

export interface Join {
  readonly ws_url: string;
  readonly session_id: string;
  readonly playback: Playback | null;
}

export interface FollowState {
  readonly following: boolean;
  readonly followers: number;
}
