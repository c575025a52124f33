import { RANKS, type Rank } from "../room/standing";

/** One thing that can be typed after "/". The server has the same list, and the last word. */
export interface Command {
  readonly name: string;
  /** What follows it, as it is typed; "" when nothing does. */
  readonly takes: string;
  readonly does: string;
  readonly least: Rank;
}

const ALL: readonly Command[] = [
  of("block", "name", "See nothing of somebody any more", "nobody"),
  of("unblock", "name", "See them again", "nobody"),
  of("mods", "", "Who moderates here", "nobody"),
  of("vips", "", "Who is VIP here", "nobody"),
  of("help", "", "What you can type here", "nobody"),
  of("timeout", "name [10m] [reason]", "Silence somebody for a while: 30, 10m, 1h, 1d", "moderator"),
  of("untimeout", "name", "End that", "moderator"),
  of("ban", "name [reason]", "Keep somebody out of the channel", "moderator"),
  of("unban", "name", "Let them back in", "moderator"),
  of("warn", "name reason", "They write again once they have read it", "moderator"),
  of("delete", "id", "Take one message away", "moderator"),
  of("clear", "", "Take all messages away", "moderator"),
  of("slow", "[seconds]", "One message each in so many seconds", "moderator"),
  of("slowoff", "", "End that", "moderator"),
  of("followers", "[10m]", "Only who has followed for so long writes", "moderator"),
  of("followersoff", "", "End that", "moderator"),
  of("emoteonly", "", "Nothing but emotes", "moderator"),
  of("emoteonlyoff", "", "End that", "moderator"),
  of("shield", "", "Put the strict set in force", "moderator"),
  of("shieldoff", "", "Back to what was before", "moderator"),
  of("mod", "name", "Invite a moderator", "lead"),
  of("unmod", "name", "Take that back", "lead"),
  of("vip", "name", "Invite a VIP", "lead"),
  of("unvip", "name", "Take that back", "lead"),
];

export const CommandList = {
  label: "Commands",
  /** Those that begin so, or the one that is being typed out; only what this rank may do. */
  matching(draft: string, rank: Rank): readonly Command[] {
    const typed = draft.slice(1).toLowerCase();
    const isMine = (command: Command): boolean => RANKS.indexOf(rank) >= RANKS.indexOf(command.least);
    const space = typed.search(/\s/);
    if (space < 0) return ALL.filter((command) => isMine(command) && command.name.startsWith(typed));
    return ALL.filter((command) => isMine(command) && command.name === typed.slice(0, space));
  },
};

function of(name: string, takes: string, does: string, least: Rank): Command {
  return { name, takes, does, least };
}
