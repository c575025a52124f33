import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../../ui/icon";
import { text } from "../../ui/text";
import { type Chat, lengthOf, MESSAGE_MOST } from "./chat";
import { Commands, useCommands } from "./Commands";
import { type FollowFacts, Holding, Modes } from "./Holding";
import { useSecondsUntil } from "./useSeconds";
import { words } from "./words";

/** From here on the counter is shown. */
const COUNT_FROM = 400;
/** What the chat itself explains, and counts down; all else is for the page's links. */
const BY_STANDING = ["banned", "timed_out", "cautioned", "followers_mode", "slow_mode", "emote_only"];

export interface ChatLinks {
  readonly signIn: string;
  readonly confirmEmail: string;
}

interface Props {
  chat: Chat;
  links: ChatLinks;
  isOutside?: boolean;
  isBanned?: boolean;
  follow?: FollowFacts | null;
  /** Where somebody who is banned reads why, and asks to come back. */
  banUrl?: string;
}

/** The input, or in its place the reason why there is none and what would change it. */
export function Composer({ chat, links, isOutside = false, isBanned = false, follow = null, banUrl = "" }: Props) {
  const you = chat.you.value;
  const me = chat.standing.me.value;
  if (!chat.isOpen.value) return <p class="chat-instead">{text.chat.closed}</p>;
  if (isBanned || me?.reason === "banned") return <Banned url={banUrl} />;
  if (isOutside) return <p class="chat-instead">{text.chat.outside}</p>;
  if (you === null) return <p class="chat-instead">{text.chat.notYet}</p>;
  const { canChat, reason } = me === null ? you : { canChat: me.can_chat, reason: me.reason };
  if (!canChat && !BY_STANDING.includes(reason ?? "")) return <Instead reason={reason} links={links} />;
  return <Input chat={chat} follow={follow} />;
}

function Banned({ url }: { url: string }) {
  return (
    <p class="chat-instead" role="alert">
      {words.hold.banned}{" "}
      {url !== "" && (
        <a class="btn btn-sm" href={url}>
          {words.hold.askBack}
        </a>
      )}
    </p>
  );
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

function Input({ chat, follow }: { chat: Chat; follow: FollowFacts | null }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const hadFocus = useRef(false);
  const draft = chat.draft.value;
  const left = MESSAGE_MOST - lengthOf(draft.trim());
  const commands = useCommands(chat);

  const hold = chat.standing.hold(Date.now());
  const seconds = useSecondsUntil(hold !== null && "until" in hold ? hold.until : null);
  // Who waits for slow mode may go on typing.
  const isShut = hold !== null && hold.is !== "slow";

  // The field grows with its text, up to a third of what the chat has.
  useEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [draft]);
  // What changed while somebody writes is asked about at once, and so is what following changes.
  const modes = chat.standing.modes.value;
  useEffect(() => {
    if (document.activeElement === field.current) void chat.standing.touch();
  }, [modes]);
  const isFollowing = follow?.model.following.value;
  const isAsked = follow?.model.state.value === "pending";
  const wasFollowing = useRef(isFollowing);
  useEffect(() => {
    // A press shows before the server has heard of it.
    if (isAsked) return;
    if (wasFollowing.current !== isFollowing && chat.standing.modes.peek().followers_minutes !== null) void chat.standing.refresh();
    wasFollowing.current = isFollowing;
  }, [isFollowing, isAsked]);
  // Whoever was writing goes on where they were.
  useEffect(() => {
    if (!isShut && hadFocus.current && document.activeElement === document.body) field.current?.focus();
    if (!isShut) hadFocus.current = false;
  }, [isShut]);

  const send = (): void => {
    hadFocus.current = true;
    if (chat.send(draft)) chat.draft.value = "";
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (commands.onKeyDown(event)) return;
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
      <div class="chat-before">
        <Commands of={commands} />
        <Modes modes={modes} />
        {hold !== null && <Holding hold={hold} seconds={seconds} chat={chat} follow={follow} />}
      </div>
      <textarea
        ref={field}
        class="chat-input"
        rows={1}
        value={draft}
        disabled={isShut}
        placeholder={words.placeholder(modes)}
        aria-label={text.chat.inputLabel}
        aria-describedby="chat-count"
        aria-invalid={left < 0}
        enterkeyhint="send"
        {...commands.ofField}
        onFocus={() => void chat.standing.touch()}
        onInput={(event) => {
          chat.draft.value = event.currentTarget.value;
          void chat.standing.touch();
        }}
        onKeyDown={onKeyDown}
      />
      <button
        type="submit"
        class="btn btn-primary btn-square"
        disabled={draft.trim() === "" || left < 0 || chat.waits(draft)}
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
