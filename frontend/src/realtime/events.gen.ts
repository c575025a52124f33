// Made by `manage.py export_events` from the classes in realtime/events.py and the apps' own. Do not edit.

export interface Author {
  readonly id: string;
  readonly name: string;
  readonly role: string;
}

/** A gift as the chat shows it. `coins` is of all `quantity` together, `combo` the streak they are of. */
export interface GiftCard {
  readonly kind: "gift";
  readonly gift: string;
  readonly name: string;
  readonly animation: string;
  readonly rarity: string;
  readonly quantity: number;
  readonly coins: number;
  readonly combo: string;
}

export interface Giver {
  readonly id: string;
  readonly name: string;
}

export interface HeldAuthor {
  readonly id: string;
  readonly name: string;
  readonly role: string;
}

export interface Person {
  readonly id: string;
  readonly name: string;
}

/** A person in one line, as `creator` in the card of a stream. */
export interface PersonCard {
  readonly id: string;
  readonly username: string;
  readonly display_name: string;
  readonly avatar_url: string | null;
}

/** How strict the chat is. Null is off; 0 `followers_minutes` is for whoever follows. */
export interface RoomModes {
  readonly slow_seconds?: number | null;
  readonly followers_minutes?: number | null;
  readonly emote_only: boolean;
  readonly shield: boolean;
}

export interface RoomState {
  readonly status: string;
  readonly live: boolean;
  readonly paused: boolean;
  readonly pins: readonly ServerEvent[];
  readonly modes: RoomModes;
}

/** A streak so far: `quantity` and `coins` of all its taps. It ends then, unless another tap comes. */
export interface Streak {
  readonly id: string;
  readonly quantity: number;
  readonly coins: number;
  readonly ends_at: string;
}

/** A tip as the chat shows it. `amount` is in minor units; `tier` is its step in docs/money.md. */
export interface TipCard {
  readonly kind: "tip";
  readonly tip: string;
  readonly amount: number;
  readonly currency: string;
  readonly tier: number;
  readonly pinned_until: string | null;
}

export interface Warned {
  readonly id: string;
  readonly reason: string;
}

/** What the room takes this socket for. */
export interface You {
  readonly name: string | null;
  readonly role: string;
  readonly can_chat: boolean;
  readonly can_chat_reason: string | null;
}

/** Your message is stored and will not be lost. Sent to its sender only. */
export interface ChatAckEvent {
  readonly type: "chat:ack";
  readonly client_id: string;
  readonly id: string;
  readonly seq: number;
}

/** Your message waits for the team; `id` is what it will be called. Sent to its sender only. */
export interface ChatHeldEvent {
  readonly type: "chat:held";
  readonly client_id: string;
  readonly id: string;
  readonly user_id: string;
}

/** What became of your message that waited for the team. If it was approved, the chat says it. */
export interface ChatHeldDecidedEvent {
  readonly type: "chat:held_decided";
  readonly id: string;
  readonly client_id: string;
  readonly user_id: string;
  readonly approved: boolean;
}

/** Whether you may write changed. `reason` is the error code a message would get, `until` when that is over. */
export interface ChatMeEvent {
  readonly type: "chat:me";
  readonly user_id: string;
  readonly can_chat: boolean;
  readonly reason: string | null;
  readonly until: string | null;
  readonly caution: Warned | null;
  readonly slow_until: string | null;
}

/** A message that everybody sees. `text` is plain and is never shown as markup. Left out `card`: just a text. */
export interface ChatMessageEvent {
  readonly type: "chat:message";
  readonly seq: number;
  readonly id: string;
  readonly client_id: string | null;
  readonly kind: string;
  readonly user: Author | null;
  readonly text: string;
  readonly at: string;
  readonly card?: GiftCard | TipCard | null;
}

/** How strict the chat is now. Null is off; 0 `followers_minutes` is for whoever follows. */
export interface ModesEvent {
  readonly type: "chat:modes";
  readonly slow_seconds: number | null;
  readonly followers_minutes: number | null;
  readonly emote_only: boolean;
  readonly shield: boolean;
}

/** All lines of the person `user` up to `up_to_seq` are not shown any more; everybody's where it is null. */
export interface ChatPurgedEvent {
  readonly type: "chat:purged";
  readonly seq: number;
  readonly user: string | null;
  readonly up_to_seq: number;
}

/** The message `id` is not shown any more. Of a card only its words and its pin go: that it was given stays. */
export interface ChatRemovedEvent {
  readonly type: "chat:removed";
  readonly seq: number;
  readonly id: string;
}

/** What became of a line that began with "/", in words for its sender. Sent to that socket only. */
export interface ChatToldEvent {
  readonly type: "chat:told";
  readonly client_id: string;
  readonly code: string;
  readonly text: string;
}

/** What the stream earned so far, for its studio alone. At most once a second. */
export interface EarningsChangedEvent {
  readonly type: "earnings:changed";
  readonly stream_id: string;
  readonly currency: string;
  readonly pending: number;
  readonly gifts: number;
  readonly tips: number;
  readonly tickets: number;
  readonly coins: number;
}

/** What this socket sent was refused; `client_id` names the message it is about, where it had one. */
export interface ErrorEvent {
  readonly type: "error";
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly client_id: string | null;
}

/** A streak ended, with all that was given in it. One that comes twice has the same `id`. */
export interface GiftComboEvent {
  readonly type: "gift:combo";
  readonly id: string;
  readonly user: Giver | null;
  readonly gift: string;
  readonly name: string;
  readonly animation: string;
  readonly rarity: string;
  readonly quantity: number;
  readonly coins: number;
  readonly at: string;
}

/** Somebody gave something. One that comes twice has the same `id`. */
export interface GiftSentEvent {
  readonly type: "gift:sent";
  readonly id: string;
  readonly user: Giver | null;
  readonly gift: string;
  readonly name: string;
  readonly animation: string;
  readonly rarity: string;
  readonly quantity: number;
  readonly coins: number;
  readonly combo: Streak;
  readonly at: string;
}

/** The stream's goal and what was given since it was set; or that there is none, then `id` is None. */
export interface GoalChangedEvent {
  readonly type: "goal:changed";
  readonly id: string | null;
  readonly title: string;
  readonly target_coins: number;
  readonly coins: number;
  readonly reached_at: string | null;
}

/** A message waits for the team. `reason` is "term", "link" or what automod took it for. */
export interface HeldAddedEvent {
  readonly type: "held:added";
  readonly id: string;
  readonly user: HeldAuthor;
  readonly text: string;
  readonly reason: string;
  readonly piece: string;
  readonly at: string;
}

/** A message waits no more. `state` is "approved", "denied" or "dropped"; `by` is null where nobody decided. */
export interface HeldDecidedEvent {
  readonly type: "held:decided";
  readonly id: string;
  readonly state: string;
  readonly by: Person | null;
}

export interface LiveEndedEvent {
  readonly type: "live:ended";
  readonly id: string;
}

/** In the lobby: a public stream began. `stream` is a card of `GET /api/streams/live`. */
export interface LiveStartedEvent {
  readonly type: "live:started";
  readonly stream: Readonly<Record<string, unknown>>;
}

export interface LiveUpdatedEvent {
  readonly type: "live:updated";
  readonly stream: Readonly<Record<string, unknown>>;
}

/** Somebody follows me; `followers` are all there are now. */
export interface MeFollowEvent {
  readonly type: "me:follow";
  readonly follower: PersonCard;
  readonly followers: number;
}

/** Something else to tell me. `url` is where it leads, on this site; `at` is ISO 8601 in UTC. */
export interface MeNotificationEvent {
  readonly type: "me:notification";
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly text: string;
  readonly url: string | null;
  readonly at: string;
}

/** One of my sign-ins was ended from another device. The sockets it opened close with 4401. */
export interface MeSessionRevokedEvent {
  readonly type: "me:session_revoked";
  readonly session: string;
}

/** One of my streams was prepared, began, paused, resumed, changed or ended; its card says how it is now. */
export interface MeStreamEvent {
  readonly type: "me:stream";
  readonly stream: Readonly<Record<string, unknown>>;
}

/** The first event on `/ws/me/`. */
export interface MeWelcomeEvent {
  readonly type: "me:welcome";
  readonly user: PersonCard;
  readonly session: string;
  readonly heartbeat_seconds: number;
  readonly streams: readonly Readonly<Record<string, unknown>>[];
}

/** The team did something. `action` is as in the audit trail; `by` is null for a rule. */
export interface ModActedEvent {
  readonly type: "mod:acted";
  readonly id: string;
  readonly at: string;
  readonly action: string;
  readonly by: Person | null;
  readonly whom: Person | null;
  readonly reason: string;
  readonly until: string | null;
  readonly message_id: string | null;
}

/** Something in this channel was reported: `count` times by now. Who did is told to staff only. */
export interface ReportAddedEvent {
  readonly type: "report:added";
  readonly case_id: string;
  readonly subject: string;
  readonly subject_id: string;
  readonly category: string;
  readonly count: number;
  readonly at: string;
}

/** The answer to each `room:ack`: the connection is alive in both directions. */
export interface RoomPongEvent {
  readonly type: "room:pong";
}

/** Stored events after `after_seq` were missed: fetch them by REST after a random part of `jitter_seconds`. */
export interface RoomResyncEvent {
  readonly type: "room:resync";
  readonly after_seq: number;
  readonly jitter_seconds: number;
}

/** The first event on every socket: all it needs to start from. */
export interface RoomWelcomeEvent {
  readonly type: "room:welcome";
  readonly seq: number;
  readonly viewers: number;
  readonly heartbeat_seconds: number;
  readonly you: You;
  readonly history: readonly ServerEvent[];
  readonly state: RoomState;
}

/** The media server does not answer: pictures may stop. The room goes on, and the stream does not end by it. */
export interface StageAwayEvent {
  readonly type: "stage:away";
}

/** It answers again and the stage is there: whoever lost the pictures asks for them anew. */
export interface StageBackEvent {
  readonly type: "stage:back";
}

/** `reason` is one of `streams.models.EndReason`. */
export interface StreamEndedEvent {
  readonly type: "stream:ended";
  readonly reason: string;
  readonly duration_seconds: number | null;
}

/** The broadcaster is away and may be back. */
export interface StreamPausedEvent {
  readonly type: "stream:paused";
}

export interface StreamResumedEvent {
  readonly type: "stream:resumed";
}

export interface StreamStartedEvent {
  readonly type: "stream:started";
  readonly started_at: string;
}

export interface StreamUpdatedEvent {
  readonly type: "stream:updated";
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
}

/** How many watch now. At most once a second, when it changed. */
export interface ViewerCountEvent {
  readonly type: "viewer:count";
  readonly viewers: number;
}

/** Who came in the last second: names in small rooms only, the rest as a number. */
export interface ViewerJoinedEvent {
  readonly type: "viewer:joined";
  readonly names: readonly string[];
  readonly others: number;
}

/** Who left in the last second: names in small rooms only, the rest as a number. */
export interface ViewerLeftEvent {
  readonly type: "viewer:left";
  readonly names: readonly string[];
  readonly others: number;
}

/** Say something. Answered by `chat:ack`, or by an `error` with this `client_id`. */
export interface ChatSendCommand {
  readonly type: "chat:send";
  readonly client_id: string;
  readonly text: string;
}

/** The heartbeat, every ten seconds: the last `seq` this client has. */
export interface RoomAckCommand {
  readonly type: "room:ack";
  readonly seq: number;
}

export type ServerEvent =
  | ChatAckEvent
  | ChatHeldEvent
  | ChatHeldDecidedEvent
  | ChatMeEvent
  | ChatMessageEvent
  | ModesEvent
  | ChatPurgedEvent
  | ChatRemovedEvent
  | ChatToldEvent
  | EarningsChangedEvent
  | ErrorEvent
  | GiftComboEvent
  | GiftSentEvent
  | GoalChangedEvent
  | HeldAddedEvent
  | HeldDecidedEvent
  | LiveEndedEvent
  | LiveStartedEvent
  | LiveUpdatedEvent
  | MeFollowEvent
  | MeNotificationEvent
  | MeSessionRevokedEvent
  | MeStreamEvent
  | MeWelcomeEvent
  | ModActedEvent
  | ReportAddedEvent
  | RoomPongEvent
  | RoomResyncEvent
  | RoomWelcomeEvent
  | StageAwayEvent
  | StageBackEvent
  | StreamEndedEvent
  | StreamPausedEvent
  | StreamResumedEvent
  | StreamStartedEvent
  | StreamUpdatedEvent
  | ViewerCountEvent
  | ViewerJoinedEvent
  | ViewerLeftEvent;

export type ClientCommand =
  | ChatSendCommand
  | RoomAckCommand;
