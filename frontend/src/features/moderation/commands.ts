import { api, ApiError } from "../../api/client";
import type { Chat } from "../room/chat";
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
  of("help", "[command]", "What you can type here", "nobody"),
  of("timeout", "name [10m] [reason]", "Silence somebody for a while: 600, 10m, 1h, 1d", "moderator"),
  of("untimeout", "name", "End that", "moderator"),
  of("ban", "name [reason]", "Keep somebody out of the channel", "moderator"),
  of("unban", "name", "Let them back in", "moderator"),
  of("warn", "name reason", "They write again once they have read it", "moderator"),
  of("delete", "id", "Take one message away", "moderator"),
  of("clear", "", "Take all messages away", "moderator"),
  of("slow", "[seconds]", "One message each in so many, 3 to 120", "moderator"),
  of("slowoff", "", "End that", "moderator"),
  of("followers", "[10m]", "Only who has followed for so long writes, up to 90d", "moderator"),
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

/** The server did what somebody typed; of a block the page shows it at once. */
export async function showDone(chat: Chat, typed: string): Promise<void> {
  const found = /^\/(block|unblock)\s+@?(\S+)/i.exec(typed);
  const [, command = "", username = ""] = found ?? [];
  if (found === null) return;
  try {
    const person = await api<{ id: string; display_name: string }>(`/api/users/${encodeURIComponent(username)}`);
    if (command.toLowerCase() === "block") chat.hideOne({ id: person.id, name: person.display_name });
    else chat.showOne(person.id);
  } catch (error) {
    // The next time that the page joins the room it knows.
    if (!(error instanceof ApiError)) throw error;
  }
}

function of(name: string, takes: string, does: string, least: Rank): Command {
  return { name, takes, does, least };
}
