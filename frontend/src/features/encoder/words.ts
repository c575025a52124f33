import type { RtmpState } from "./encoder";

export const words = {
  title: "Use OBS or another encoder",
  hint: "Send from a program instead of this browser's camera.",
  none: "This site takes no encoders: going live works from the browser.",
  loading: "Asking what there is",
  steps: "In OBS",
  whip: {
    title: "WHIP: less than a second behind (OBS 30 or newer)",
    server: "Server",
    key: "Bearer token (your stream key)",
    steps: [
      "Open Settings, then Stream, and choose the service WHIP.",
      "Paste the server and the bearer token.",
      "In Output: H.264, a keyframe interval of 1 or 2 s, no B-frames.",
      "Prepare the stream here, then press Start Streaming in OBS.",
    ],
    show: "Show a stream key",
    again: "Make a new stream key",
    warning: "The old key stops working at once, and so does an encoder that uses it.",
  },
  rtmp: {
    title: "RTMP: for other encoders, a few seconds behind",
    server: "Server",
    key: "Stream key",
    steps: [
      "Open Settings, then Stream, and choose the service Custom.",
      "Paste the server and the stream key.",
      "In Output: H.264 and AAC, a keyframe interval of 2 s.",
      "Prepare the stream here, then press Start Streaming.",
    ],
    show: "Show RTMP address and key",
    again: "Make a new key",
    drop: "Take it back",
    none: "RTMP is not set up on this site. WHIP works without it.",
  },
  once: "Copy it now. It is not shown again.",
  ends: (four: string) => `ends in ${four}`,
  noKey: "not made yet",
  copy: "Copy",
  copied: "Copied",
  copyOf: (what: string) => `Copy: ${what}`,
  prepare: "Prepare the stream for the encoder",
  preparing: "Preparing",
  needsTitle: "Give the stream a title first.",
  waiting: (title: string) => `“${title}” is prepared. Waiting for your encoder: start it now.`,
  cancel: "Cancel it",
  onAir: "Your encoder is on air.",
  studio: "Open the studio",
  elsewhere: (title: string) => `“${title}” is on air from its studio. End it there before an encoder can send.`,
  state: {
    waiting: null,
    starting: "The encoder has been heard; its pictures follow.",
    sending: "The encoder sends.",
    no_capacity: "The server can take no encoder more right now. OBS tries again by itself; so may you in a minute.",
    failed: "The server could not take what the encoder sent. Check its settings, then start it again.",
    away: "The media server does not answer. We keep asking.",
  } satisfies Record<RtmpState, string | null>,
  refusal: (code: string, seconds: number | null): string => {
    switch (code) {
      case "reauthentication_required":
        return "Keys are shown only to who signed in a moment ago.";
      case "rate_limited":
        return seconds === null ? "Too many attempts. Wait a little." : `Too many attempts. Wait ${seconds} s.`;
      case "no_capacity":
      case "media_away":
        return "The media server cannot do that right now. Try again in a moment.";
      case "not_supported":
        return "RTMP is not set up on this site. WHIP works without it.";
      case "offline":
        return "The server cannot be reached. Check your connection, then try again.";
      case "not_signed_in":
        return "You have been signed out. Sign in again; what you typed stays here.";
      case "email_unconfirmed":
        return "Confirm your e-mail first: follow the link we sent you.";
      default:
        return "That did not work, and nothing was changed. Try again.";
    }
  },
  confirm: "Confirm that it is you",
};
