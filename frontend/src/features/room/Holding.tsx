import { useSignal } from "@preact/signals";
import { api, ApiError } from "../../api/client";
import { clock } from "../../ui/times";
import { FollowButton } from "../follow/FollowButton";
import type { FollowModel } from "../follow/model";
import type { Chat } from "./chat";
import type { Hold, Modes as ModesOfChat } from "./standing";
import { words } from "./words";

/** Whose follow button stands in the chat where one has to follow. */
export interface FollowFacts {
  readonly model: FollowModel;
  readonly signInUrl: string | null;
}

/** What holds for everybody, above the input. */
export function Modes({ modes }: { modes: ModesOfChat }) {
  const { slow_seconds: slow, followers_minutes: followers, emote_only: emotes, shield } = modes;
  if (slow === null && followers === null && !emotes && !shield) return null;
  return (
    <ul class="chat-modes" aria-label={words.modes}>
      {slow !== null && <li title={words.slowMore(slow)}>{words.slow(slow)}</li>}
      {followers !== null && <li title={words.hold.followersOnly(followers)}>{words.followers(followers)}</li>}
      {emotes && <li title={words.emotesMore}>{words.emotes}</li>}
      {shield && <li title={words.shieldMore}>{words.shield}</li>}
    </ul>
  );
}

interface Props {
  hold: Hold;
  seconds: number | null;
  chat: Chat;
  follow: FollowFacts | null;
}

/** Why one cannot write now, for how long, and what would change it. */
export function Holding({ hold, seconds, chat, follow }: Props) {
  switch (hold.is) {
    case "slow":
      return <Countdown>{words.hold.again(clock(seconds ?? 0))}</Countdown>;
    case "timed_out":
      return (
        <div class="chat-hold">
          <p role="status">{words.hold.timedOut}</p>
          <Countdown>{words.hold.again(clock(seconds ?? 0))}</Countdown>
        </div>
      );
    case "cautioned":
      return <Warning key={hold.caution.id} id={hold.caution.id} reason={hold.caution.reason} chat={chat} />;
    case "followers":
      return (
        <div class="chat-hold">
          <p role="status">{words.hold.followersOnly(hold.minutes)}</p>
          {hold.until !== null ? (
            <Countdown>{words.hold.can(clock(seconds ?? 0))}</Countdown>
          ) : (
            follow && <FollowButton model={follow.model} signInUrl={follow.signInUrl} />
          )}
        </div>
      );
    case "banned":
      return null;
  }
}

/** Not read out each second: why one waits was said before. */
function Countdown({ children }: { children: string }) {
  return (
    <p class="chat-countdown tabular" role="timer">
      {children}
    </p>
  );
}

function Warning({ id, reason, chat }: { id: string; reason: string; chat: Chat }) {
  const state = useSignal<"idle" | "pending" | "failed">("idle");
  const read = async (): Promise<void> => {
    state.value = "pending";
    try {
      await api(`/api/me/cautions/${id}/read`, { method: "POST", body: {} });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status !== 404) {
        state.value = "failed";
        return;
      }
    }
    chat.standing.take({ can_chat: true, reason: null, caution: null });
    await chat.standing.refresh();
  };
  return (
    <div class="chat-hold chat-warning" role="alert">
      <p>
        <b>{words.hold.warned}</b> <q>{reason}</q>
      </p>
      {state.value === "failed" && <p>{words.hold.readFailed}</p>}
      <button type="button" class="btn btn-sm btn-primary" disabled={state.value === "pending"} onClick={() => void read()}>
        {words.hold.read}
      </button>
    </div>
  );
}
