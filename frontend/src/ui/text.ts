/**
 * Every word the islands say, in one place. Templates use gettext; a second language is a second object of
 * this type, chosen by `<html lang>`. Short, concrete, no jargon, no exclamation marks.
 */
const locale = "en";
const plurals = new Intl.PluralRules(locale);
const numbers = new Intl.NumberFormat(locale);
const lists = new Intl.ListFormat(locale);

function count(n: number, one: string, other: string): string {
  return `${numbers.format(n)} ${plurals.select(n) === "one" ? one : other}`;
}

const en = {
  tryAgain: "Try again",
  close: "Close",
  count,
  island: {
    failed: "This part of the page did not load. The rest works as before.",
  },
  passkey: {
    failed: "No passkey was shown. Try again, or sign in another way.",
  },
  viewers: (n: number) => count(n, "viewer", "viewers"),
  watching: (n: number) => `${numbers.format(n)} watching`,
  number: (n: number) => numbers.format(n),
  follow: {
    follow: "Follow",
    following: "Following",
    unfollow: "Unfollow",
    signIn: "Sign in to follow",
    followers: (n: number) => count(n, "follower", "followers"),
    failed: "That did not work. Check your connection and try again.",
  },
  share: {
    share: "Share",
    copied: "Link copied.",
    byHand: (url: string) => `Copy this address: ${url}`,
  },
  report: {
    stream: "Report this stream",
    unloaded: "That did not load. Try again.",
  },
  stream: {
    live: "Live",
    away: "Away",
    ticket: "Ticket",
    payWhatYouWant: "Pay what you want",
    scheduled: "Not live yet",
    ended: "Ended",
    liveFor: (time: string) => `Live for ${time}`,
    lasted: (time: string) => `Lasted ${time}`,
    startsAt: (time: string) => `Planned for ${time}`,
    othersLive: "Live now",
    seeAll: "See who is live",
  },
  player: {
    label: "Player",
    play: "Play",
    pause: "Pause",
    mute: "Mute",
    unmute: "Turn sound on",
    tapForSound: "Tap for sound",
    volume: "Volume",
    quality: "Quality",
    auto: "Auto",
    source: "Source",
    lines: (height: number) => `${height}p`,
    settings: "Settings",
    way: "Watching",
    ways: { webrtc: "Low latency", hls: "Smooth (HLS)" },
    wayFailed: "That cannot be had at the moment. You go on watching as before.",
    yourLine: "Your connection",
    lines_: { good: "Good", poor: "Weak" },
    poorLine: "Your connection is weak, so the picture may be smaller or halt.",
    pictureInPicture: "Picture in picture",
    fullScreen: "Full screen",
    leaveFullScreen: "Leave full screen",
    theatre: "Theatre mode",
    leaveTheatre: "Leave theatre mode",
    showChat: "Show chat",
    hideChat: "Hide chat",
    showHeader: "Menu",
    isLive: "Live",
    behind: (seconds: number) => `${seconds} s behind`,
    catchUp: (seconds: number) => `${seconds} seconds behind. Go to live`,
    loading: "Getting the picture",
    stalled: "Waiting for the picture. Your connection may be slow.",
    away: "Be right back",
    awayMore: (name: string) => `${name} lost the connection or takes a break. The picture returns by itself.`,
    darkMore: (name: string) => `${name} sends no picture at the moment. It returns by itself.`,
    unreachable: "The video server is not answering",
    unreachableMore: "Chat goes on; the picture comes back by itself.",
    full: "No free place at the moment",
    fullMore: "As many people are watching as this site can serve. The picture comes by itself when a place is free.",
    failed: "The picture cannot be played",
    failedMore: "Your browser could not play what came. Try again, or use another browser.",
    scheduled: "Not live yet",
    scheduledMore: "The picture appears here by itself when it starts.",
    ended: "The stream has ended",
    stopped: "This stream was stopped",
    dataSaver: "Your browser saves data, so the small picture is shown.",
    mobileData: "You are on mobile data.",
    refused: {
      followers_only: "Only followers can watch this stream",
      sign_in: "You have been signed out",
      not_signed_in: "Sign in to watch",
      mature_gate: "This stream is not for minors",
      too_young: "This stream is for adults",
      banned: "You are banned from this channel",
      ticket_frozen: "Your ticket waits while a payment of yours is looked into",
      gone: "This stream is not here any more",
      other: "You cannot watch this stream",
    },
    refusedMore: {
      follow: "Follow the channel to come in.",
      sign_in: "Sign in again and the page goes on where it was.",
      confirm_age: "Its creator marked it so. Come in if you are 18 or older.",
      none: "",
    },
    signIn: "Sign in",
    comeIn: "Come in",
    ofAge: "I am 18 or older",
    whyBanned: "Why, and what you can do",
  },
  connection: {
    lost: "Connection lost. The page comes back by itself.",
    trying: "Connection lost. Trying again.",
    now: "Try now",
    back: "Connected again.",
    label: { open: "Connected", connecting: "Connecting", waiting: "Not connected", stopped: "Not connected" },
  },
  chat: {
    label: "Chat",
    empty: "Nobody has said anything yet.",
    loading: "Loading the chat",
    older: "Earlier messages",
    loadingOlder: "Loading earlier messages",
    olderFailed: "Earlier messages did not load.",
    newMessages: (n: number) => count(n, "new message", "new messages"),
    toNewest: "Go to the newest message",
    placeholder: "Say something",
    inputLabel: "Your message",
    send: "Send",
    left: (n: number) => count(n, "character left", "characters left"),
    tooLong: (n: number) => count(n, "character too many", "characters too many"),
    sending: "Sending",
    waiting: "Goes out when you are connected again.",
    discard: "Discard",
    creator: "Creator",
    staff: "Staff",
    joined: (names: readonly string[], others: number) => `${people(names, others)} joined`,
    left_: (names: readonly string[], others: number) => `${people(names, others)} left`,
    closed: "The stream has ended, and so has the chat.",
    notYet: "Connecting to the chat.",
    outside: "The chat is for those who watch.",
    failed: (reason: string, seconds: number | null): string => {
      switch (reason) {
        case "rate_limited":
          return seconds === null ? "Too many messages at once." : `Too many messages at once. Wait ${seconds} s.`;
        case "too_long":
          return "This message is longer than 500 characters.";
        case "empty":
          return "There is nothing to read in this message.";
        case "email_unconfirmed":
          return "Confirm your e-mail address first.";
        case "no_answer":
          return "No answer came. Trying again sends it only once.";
        case "busy":
          return "The chat is very busy.";
        default:
          return "Not sent.";
      }
    },
    cannot: {
      not_signed_in: "Sign in to chat.",
      email_unconfirmed: "Confirm your e-mail address to chat.",
      other: "You cannot write in this chat.",
    },
    signIn: "Sign in",
    confirm: "Confirm it",
  },
  grid: {
    empty: "Nobody is live right now",
    emptyMore: "This page fills by itself when somebody starts.",
    more: "Show more",
    moreFailed: "More streams did not load.",
    started: (name: string) => `${name} is live`,
  },
};

function people(names: readonly string[], others: number): string {
  if (names.length === 0) return count(others, "person", "people");
  return lists.format(others > 0 ? [...names, count(others, "other", "others")] : names);
}

export type Text = typeof en;
export const text: Text = en;
