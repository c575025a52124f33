import { text } from "../../ui/text";
import type { Modes } from "./standing";

/** Why one cannot write now, and what would change it; what holds for all; what became of a line. */
export const words = {
  roles: {
    creator: { short: text.chat.creator, full: text.chat.creator },
    staff: { short: text.chat.staff, full: text.chat.staff },
    lead: { short: "Lead mod", full: "Lead moderator" },
    moderator: { short: "Mod", full: "Moderator" },
    vip: { short: "VIP", full: "VIP" },
  },
  keys: "The up arrow goes to the newest line, Enter opens who wrote it, Escape comes back.",
  cleared: "Messages were removed by a moderator.",
  modes: "What holds in this chat",
  slow: (seconds: number) => `Slow ${seconds} s`,
  slowMore: (seconds: number) => `One message every ${seconds} seconds each.`,
  followers: (minutes: number) => (minutes === 0 ? "Followers" : `Followers ${lasting(minutes, "short")}`),
  emotes: "Emotes only",
  emotesMore: "Nothing but emoji is said at the moment.",
  shield: "Shield",
  shieldMore: "The chat is stricter than usual for a while.",
  placeholder: (modes: Modes) => (modes.emote_only ? "Emoji only" : text.chat.placeholder),
  hold: {
    banned: "You are banned from this channel.",
    askBack: "Why, and what you can do",
    timedOut: "A moderator wants you to be silent for a while.",
    again: (clock: string) => `You can write again in ${clock}.`,
    warned: "A moderator warns you:",
    read: "I have read it",
    readFailed: "That did not get through. Try again.",
    followersOnly: (minutes: number) =>
      minutes === 0 ? "Only followers write here at the moment." : `Only who has followed for ${lasting(minutes, "long")} writes here at the moment.`,
    can: (clock: string) => `You can write in ${clock}.`,
  },
  held: "A moderator looks at your message first.",
  denied: "A moderator did not let this message through.",
  edit: "Change it",
  failed: (reason: string, seconds: number | null): string => {
    switch (reason) {
      case "not_said_here":
        return "Something in this message is not said in this channel.";
      case "no_links":
        return "Links are not posted in this channel.";
      case "emote_only":
        return "Only emoji are said at the moment.";
      case "too_many_held":
        return "Too much waits for a moderator already.";
      case "slow_mode":
        return "Slow mode: this came too soon.";
      case "timed_out":
        return "Not sent: a moderator wants you to be silent for a while.";
      case "cautioned":
        return "Not sent: there is a warning to read first.";
      case "followers_mode":
        return "Not sent: only followers write at the moment.";
      case "banned":
        return "Not sent: you are banned from this channel.";
      case "not_your_place":
        return "Your role here does not let you do that, or not to this person.";
      default:
        return text.chat.failed(reason, seconds);
    }
  },
  unloaded: "That did not load. Try again.",
  only: "Only you see this.",
};

/** 90 is "1.5 hours", or "1.5 h". */
export function lasting(minutes: number, how: "short" | "long"): string {
  const [size, short, one, many] =
    minutes >= 1440
      ? ([1440, "d", "day", "days"] as const)
      : minutes >= 60
        ? ([60, "h", "hour", "hours"] as const)
        : ([1, "min", "minute", "minutes"] as const);
  const n = Math.round((minutes / size) * 10) / 10;
  return how === "short" ? `${n} ${short}` : text.count(n, one, many);
}
