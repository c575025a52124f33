import type { ApiError } from "../../api/client";
import { text } from "../../ui/text";

/** What the tools of a chat's team say, and those that everybody has: blocking and reporting. */
export const words = {
  loading: "Looking them up",
  failed: "Who this is did not load.",
  gone: "This person is not here any more.",
  since: (moment: string) => `Here since ${moment}`,
  followsSince: (moment: string) => `Follows since ${moment}`,
  rankSince: (rank: string, moment: string) => `${rank} since ${moment}`,
  followsNot: "Does not follow",
  channel: "Channel",
  you: "This is you.",
  block: "Block",
  unblock: "Unblock",
  blockMore: "Neither of you sees what the other writes.",
  blocked: "Blocked. Neither of you sees what the other writes.",
  unblocked: "Not blocked any more. What they write from now on is shown.",
  reportPerson: "Report",
  reportMessage: "Report this message",
  reportStream: "Report",
  reportStreamMore: "Report this stream",
  signInFirst: "Sign in to block or report somebody.",
  signIn: "Sign in",

  moderate: "Moderate",
  deleteMessage: "Delete this message",
  deleteAll: "Delete all messages",
  deleteAllAsk: (name: string) => `Everything that ${name} wrote in this stream goes, for everybody.`,
  deleteAllYes: "Delete all",
  timeout: "Timeout",
  timeoutMore: "Silence somebody for",
  custom: "Other",
  endTimeout: "End timeout",
  ban: "Ban",
  banAsk: (name: string) => `${name} is out of all streams of this channel at once, and stays out.`,
  banYes: (name: string) => `Ban ${name}`,
  purge: "Also take away what they said",
  networks: "Also whoever comes from their network",
  unban: "Unban",
  warn: "Warn",
  warnAsk: (name: string) => `${name} writes again once they have read it.`,
  warnYes: "Send the warning",
  reason: "Reason",
  reasonOptional: "Reason, if you like",
  warning: "What they are to read",
  howLong: "How long",
  units: { seconds: "seconds", minutes: "minutes", hours: "hours", days: "days" },
  lasting: (seconds: number): string => {
    if (seconds < 60) return text.count(seconds, "second", "seconds");
    if (seconds < 3600) return text.count(round(seconds / 60), "minute", "minutes");
    if (seconds < 86_400) return text.count(round(seconds / 3600), "hour", "hours");
    return text.count(round(seconds / 86_400), "day", "days");
  },
  makeVip: "Make VIP",
  makeModerator: "Make moderator",
  makeLead: "Make lead moderator",
  takeRole: "Take the role away",
  cancel: "Cancel",
  undo: "Undo",
  undoFailed: "That could not be undone. Try again from their card.",

  done: {
    deleted: "Deleted.",
    purged: "All of their messages are deleted.",
    timedOut: (name: string, lasting: string) => `${name} is silent for ${lasting}.`,
    timeoutEnded: (name: string) => `${name} may write again.`,
    banned: (name: string) => `${name} is banned.`,
    unbanned: (name: string) => `${name} is not banned any more.`,
    warned: (name: string) => `${name} was warned.`,
    invited: "Invited. The role counts once they accept.",
    roleChanged: "Their role is changed.",
    roleTaken: "The role is taken away.",
  },
  isBanned: (moment: string) => `Banned since ${moment}`,
  isTimedOut: (clock: string) => `Silent for another ${clock}`,
  byReason: (reason: string) => (reason === "" ? "" : `: ${reason}`),
  warnings: (n: number) => text.count(n, "warning", "warnings"),
  unread: "not read yet",
  history: "What happened before",
  historyEmpty: "Nothing so far.",
  messages: "What they wrote",
  messagesEmpty: "Nothing in this channel.",
  removed: "Removed:",
  rule: "A rule",
  actions: {
    "message.deleted": "Message deleted",
    "messages.purged": "All messages deleted",
    "person.warned": "Warned",
    "person.timed_out": "Timed out",
    "timeout.ended": "Timeout ended",
    "person.banned": "Banned",
    "person.unbanned": "Unbanned",
    "network.banned": "Network banned",
    "unban.asked": "Asked to come back",
    "unban.answered": "Request answered",
    "held.approved": "Message approved",
    "held.denied": "Message denied",
    "team.invited": "Invited to the team",
    "team.accepted": "Joined the team",
    "team.resigned": "Left the team",
    "team.removed": "Removed from the team",
    "team.promoted": "Role changed",
  } as Readonly<Record<string, string>>,

  tools: (name: string) => `Moderate what ${name} wrote`,
  toolDelete: "Delete (D)",
  toolTimeout: "Timeout for 10 minutes (T)",
  toolBan: "Ban (B)",
  keysTitle: "Keys in the chat",
  keys: [
    ["↑ ↓", "From line to line, from the chat to its newest"],
    ["Enter", "Who wrote it"],
    ["D", "Delete the line"],
    ["T", "Timeout for 10 minutes"],
    ["B", "Ban, after a question"],
    ["W", "Warn"],
    ["U", "Undo the last timeout or ban"],
    ["Esc", "Back to the newest line"],
    ["?", "This list"],
  ] as const,

  report: {
    title: { message: "Report a message", user: "Report a person", stream: "Report a stream" },
    about: { message: "Message", user: "Person", stream: "Stream" },
    what: "What is wrong with it",
    categories: [
      ["spam", "Spam or scam"],
      ["harassment", "Harassment or bullying"],
      ["hate", "Hate"],
      ["violence", "Violence or threats"],
      ["sexual", "Sexual content"],
      ["minors", "Endangers a minor"],
      ["self_harm", "Self-harm"],
      ["illegal", "Illegal goods or acts"],
      ["copyright", "Copyright"],
      ["impersonation", "Pretends to be somebody"],
      ["other", "Something else"],
    ] as const,
    choose: "Choose what fits best.",
    note: "What we should know, if you like",
    send: "Send report",
    sending: "Sending",
    sent: "Sent. The people who run this site look at it, and you get an answer.",
    sentMore: "Whom you report is not told who did it.",
    notices: "Your reports and their answers",
    done: "Done",
    signIn: "Sign in to report this. Without an account, use the notice form.",
    form: "Notice form",
  },

  refused: (error: ApiError): string => {
    switch (error.code) {
      case "not_your_place":
        return error.details["reason"] === "oneself"
          ? "You cannot do that to yourself."
          : error.details["reason"] === "target"
            ? "They have your role here, or a higher one."
            : "Your role here does not let you do that.";
      case "rate_limited":
        return error.retryAfterSeconds === null
          ? "Too much at once. Try again later."
          : `Too much at once. Try again in ${words.lasting(error.retryAfterSeconds)}.`;
      case "not_found":
        return "That is not here any more.";
      case "network_shared":
        return "Their network is used by many people, so it cannot be banned. Ban without it.";
      case "cannot_block_yourself":
        return "You cannot block yourself.";
      case "is_banned":
        return "They are banned, which is more than a timeout.";
      case "team_full":
        return "The team is full.";
      case "not_signed_in":
        return "You have been signed out. Sign in again.";
      case "offline":
        return "No answer came. Check your connection and try again.";
      default:
        return "That did not work. Try again.";
    }
  },
};

function round(n: number): number {
  return Math.round(n * 10) / 10;
}
