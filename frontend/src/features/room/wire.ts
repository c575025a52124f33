import type { ServerEvent } from "../../realtime/events.gen";
import type { Caution, Modes } from "./standing";

interface Purged {
  readonly type: "chat:purged";
  readonly seq: number;
  readonly user: string | null;
  readonly up_to_seq: number;
}
interface Me {
  readonly type: "chat:me";
  readonly user_id: string;
  readonly can_chat: boolean;
  readonly reason: string | null;
  readonly until: string | null;
  readonly caution: Caution | null;
  readonly slow_until: string | null;
}
interface Held {
  readonly type: "chat:held";
  readonly client_id: string;
  readonly id: string;
  readonly user_id: string;
}
interface HeldDecided {
  readonly type: "chat:held_decided";
  readonly id: string;
  readonly client_id: string;
  readonly user_id: string;
  readonly approved: boolean;
}
interface ModesChanged extends Modes {
  readonly type: "chat:modes";
}
interface Told {
  readonly type: "chat:told";
  readonly client_id: string;
  readonly code: string;
  readonly text: string;
}

/** What the chat hears. */
export type ChatEvent = ServerEvent | Purged | Me | Held | HeldDecided | ModesChanged | Told;
