import type { Chat } from "../room/chat";
import type { ChatLinks } from "../room/Composer";

/** The chat in which somebody acts: of which stream and channel. */
export interface Place {
  readonly streamId: string;
  readonly title: string;
  readonly channel: { readonly id: string; readonly username: string; readonly name: string };
  readonly chat: Chat;
  readonly links: ChatLinks;
}

/** Somebody who was clicked on, and the message by which, if it was one. */
export interface Whom {
  readonly id: string;
  readonly name: string;
  readonly messageId: string | null;
}
