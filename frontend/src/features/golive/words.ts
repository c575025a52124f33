import { rate } from "../ingest/words";
import { text } from "../../ui/text";
import type { Block, Check, State } from "./checklist";

export const words = {
  stage: "Your picture and devices",
  form: "About the stream",
  title: "Title",
  titleHint: "What will people see?",
  left: (n: number) => text.count(n, "character left", "characters left"),
  over: (n: number) => text.count(n, "character too many", "characters too many"),
  description: "Description",
  optional: "optional",
  tags: "Tags",
  tagsHint: (n: number) => `Up to ${n}. Press Enter after each.`,
  tagsFull: (n: number, longest: number) => `${n} tags at most, each up to ${longest} characters.`,
  removeTag: (tag: string) => `Remove ${tag}`,
  visibility: "Who can watch",
  visibilities: {
    public: "Everybody",
    unlisted: "Everybody with the link; it is in no list",
    followers: "Followers only",
    invited: "Invited people only; invite them in the studio",
  },
  mature: "Not for minors",
  matureHint: "Viewers are asked before they see it.",
  picture: "Picture",
  pictureHint: (megabytes: number) => `JPEG, PNG, WebP or GIF, at most ${megabytes} MB. Without one, a frame of the stream is shown.`,
  pictureRemove: "Remove the picture",
  pictureAlt: "The picture you chose",
  pictureTooBig: (megabytes: number, most: number) => `This picture has ${megabytes} MB. Choose one of at most ${most} MB.`,
  pictureNone: "This is no picture we can read. Use JPEG, PNG, WebP or GIF.",
  checks: "Ready?",
  check: {
    camera: "Camera",
    microphone: "Microphone",
    network: "Upload",
    title: "Title",
    thumbnail: "Picture",
  } satisfies Record<Check, string>,
  state: {
    todo: "missing",
    working: "checking",
    done: "ready",
    problem: "needs you",
    optional: "optional",
  } satisfies Record<State, string>,
  network: {
    measured: (bps: number) => rate(bps),
    slow: (bps: number) => `${rate(bps)}: the picture will be poor or stop. Come closer to the router, or use a cable.`,
    failed: "could not be measured",
    again: "Test again",
  },
  noMicrophone: "Viewers will hear nothing.",
  goLive: "Go live",
  going: "Starting",
  held: {
    what: "Staff stopped a stream of yours.",
    remedy: "New streams wait until they release you.",
    reason: (reason: string) => `Why: ${reason}`,
    link: "What you can do",
  },
  block: {
    held: "New streams wait until staff release you.",
    email: "Confirm your e-mail first: follow the link we sent you.",
    too_many: "You have as many streams running as you may. End one first.",
    camera: "Going live needs your camera.",
    cannot_record: "This browser cannot record video. Use a newer Chrome, Edge, Firefox or Safari.",
    opening: "Waiting for your camera. Your browser may be asking you to allow it.",
    title: "Give the stream a title.",
    title_long: "The title is too long.",
    price: "Say what a ticket costs, or choose Free.",
  } satisfies Record<Block, string>,
  refusal: (code: string, seconds: number | null): string => {
    switch (code) {
      case "email_unconfirmed":
        return "Confirm your e-mail first: follow the link we sent you.";
      case "held_by_staff":
        return "Staff stopped a stream of yours. New streams wait until they release you; your notices say why.";
      case "too_many_streams":
        return "You have as many streams running as you may. End one, then try again.";
      case "not_signed_in":
        return "You have been signed out. Sign in again; what you typed stays here.";
      case "csrf_failed":
        return "This page is too old. Load it again; what you typed stays here.";
      case "rate_limited":
        return seconds === null ? "Too many attempts. Wait a little." : `Too many attempts. Wait ${seconds} s.`;
      case "offline":
        return "The server cannot be reached. Check your connection, then try again.";
      default:
        return "That did not work, and nothing was made. Try again.";
    }
  },
  signIn: "Sign in",
  studioOf: (title: string) => `Studio of ${title}`,
  end: "End it",
};
