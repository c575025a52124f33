import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../../ui/icon";
import { text } from "../../ui/text";
import { type Chat, lengthOf, MESSAGE_MOST } from "./chat";

/** From here on the counter is shown. */
const COUNT_FROM = 400;

export interface ChatLinks {
  readonly signIn: string;
  readonly confirmEmail: string;
}

/** The input, or in its place the reason why there is none and what would change it. */
export function Composer({ chat, links, isOutside = false }: { chat: Chat; links: ChatLinks; isOutside?: boolean }) {
  const you = chat.you.value;
  if (!chat.isOpen.value) return <p class="chat-instead">{text.chat.closed}</p>;
  if (isOutside) return <p class="chat-instead">{text.chat.outside}</p>;
  if (you === null) return <p class="chat-instead">{text.chat.notYet}</p>;
  if (!you.canChat) return <Instead reason={you.reason} links={links} />;
  return <Input chat={chat} />;
}

function Instead({ reason, links }: { reason: string | null; links: ChatLinks }) {
  switch (reason) {
    case "not_signed_in":
      return (
        <p class="chat-instead">
          {text.chat.cannot.not_signed_in}{" "}
          <a class="btn btn-sm" href={links.signIn}>
            {text.chat.signIn}
          </a>
        </p>
      );
    case "email_unconfirmed":
      return (
        <p class="chat-instead">
          {text.chat.cannot.email_unconfirmed}{" "}
          <a class="btn btn-sm" href={links.confirmEmail}>
            {text.chat.confirm}
          </a>
        </p>
      );
    default:
      return <p class="chat-instead">{text.chat.cannot.other}</p>;
  }
}

function Input({ chat }: { chat: Chat }) {
  const [draft, setDraft] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  const left = MESSAGE_MOST - lengthOf(draft.trim());

  // The field grows with its text, up to a third of what the chat has.
  useEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [draft]);

  const send = (): void => {
    if (chat.send(draft)) setDraft("");
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  };

  return (
    <form
      class="chat-form"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={field}
        class="chat-input"
        rows={1}
        value={draft}
        placeholder={text.chat.placeholder}
        aria-label={text.chat.inputLabel}
        aria-describedby="chat-count"
        aria-invalid={left < 0}
        enterkeyhint="send"
        onInput={(event) => setDraft(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <button
        type="submit"
        class="btn btn-primary btn-square"
        disabled={draft.trim() === "" || left < 0}
        aria-label={text.chat.send}
        // The field keeps the focus: on a phone its keyboard would go, the page would move, and the tap would miss.
        onMouseDown={(event) => event.preventDefault()}
      >
        <Icon name="send" />
      </button>
      <span id="chat-count" class="chat-count tabular" role="status">
        {MESSAGE_MOST - left < COUNT_FROM ? "" : left < 0 ? text.chat.tooLong(-left) : text.chat.left(left)}
      </span>
    </form>
  );
}
