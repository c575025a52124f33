import { text } from "../../ui/text";
import type { Author } from "./log";
import { nameColour } from "./names";

/** Who said it, in their colour, with what they are here. */
export function Name({ author }: { author: Author }) {
  const badge = author.role === "creator" ? text.chat.creator : author.role === "staff" ? text.chat.staff : null;
  return (
    <>
      {badge !== null && <span class="chat-badge">{badge}</span>}
      <span class={`chat-name ${nameColour(author.id)}`}>{author.name}</span>
    </>
  );
}
