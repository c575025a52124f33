import type { Author } from "./log";
import { nameColour } from "./names";
import { words } from "./words";

interface Props {
  author: Author;
  /** Of what they said, if it is that beside which the name stands. */
  messageId?: string;
}

/** Who said it, in their colour, with what they are here. The panel around it opens their card. */
export function Name({ author, messageId }: Props) {
  return (
    <>
      <Badge role={author.role} />
      <button
        type="button"
        class={`chat-name ${nameColour(author.id)}`}
        data-person={author.id}
        data-message={messageId}
        aria-haspopup="dialog"
        // One stop of the Tab key for the whole log; the arrows go from line to line.
        tabIndex={-1}
      >
        {author.name}
      </button>
    </>
  );
}

export function Badge({ role }: { role: string }) {
  if (!(role in words.roles)) return null;
  const { short, full } = words.roles[role as keyof typeof words.roles];
  if (short === full) return <span class={`chat-badge chat-badge-${role}`}>{full}</span>;
  return (
    <span class={`chat-badge chat-badge-${role}`} title={full}>
      <span aria-hidden="true">{short}</span>
      <span class="sr-only">{full}</span>
    </span>
  );
}
