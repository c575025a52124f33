import { render } from "preact";
import { ApiError } from "../../api/client";
import { Icon } from "../../ui/icon";
import { toast } from "../../ui/toast";
import type { Message } from "../room/log";
import { outranks, type Rank } from "../room/standing";
import { Acts, USUAL_TIMEOUT_SECONDS } from "./acts";
import { openCard, type Panel } from "./card";
import type { Place, Whom } from "./place";
import { openKeys } from "./keys";
import { offerUndo, undoLast } from "./undo";
import { words } from "./words";

/** What can be done with a line, by its key. */
type Tool = "delete" | "timeout" | "ban" | "warn";
const KEYS: Readonly<Record<string, Tool>> = { d: "delete", t: "timeout", b: "ban", w: "warn" };
/** What authors are called in the chat, as ranks. */
const RANK_OF: Readonly<Record<string, Rank>> = { creator: "owner", staff: "staff", lead: "lead", moderator: "moderator", vip: "vip" };

/**
 * Gives the team its tools on every line: buttons on the one that is pointed at or has the focus, and keys.
 *
 * There is one set of buttons, which goes from line to line. Returns how to take all of it away.
 */
export function addTools(log: HTMLElement, place: Place): () => void {
  const host = document.createElement("div");
  host.className = "line-tools";
  const listening = new AbortController();
  const { signal } = listening;
  let current: Element | null = null;

  const moveTo = (line: Element | null): void => {
    if (line === current && host.parentElement === line) return;
    // What has the focus stays where it is.
    if (host.contains(document.activeElement)) return;
    const target = targetOf(place, line);
    current = target ? line : null;
    render(target && <Buttons target={target} onUse={(tool) => use(place, target, tool)} />, host);
    if (target && line) line.append(host);
    else host.remove();
  };
  const lineOf = (event: Event): Element | null => (event.target instanceof Element ? event.target.closest("[data-line]") : null);

  log.addEventListener("pointerover", (event) => event.pointerType === "mouse" && moveTo(lineOf(event)), { signal });
  log.addEventListener("pointerleave", () => moveTo(document.activeElement?.closest("[data-line]") ?? null), { signal });
  log.addEventListener("focusin", (event) => moveTo(lineOf(event)), { signal });
  log.addEventListener("focusout", (event) => log.contains(event.relatedTarget as Node | null) || setTimeout(() => moveTo(null)), { signal });
  log.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
      if (event.key === "?") {
        openKeys(words.keysTitle, words.keys);
      } else if (event.key.toLowerCase() === "u") {
        undoLast();
      } else {
        const tool = KEYS[event.key.toLowerCase()];
        const line = lineOf(event);
        const target = tool && targetOf(place, line);
        if (!tool || !line || !target) return;
        if (tool === "delete") focusBeside(line);
        use(place, target, tool);
      }
      event.preventDefault();
      event.stopPropagation();
    },
    { signal },
  );
  return () => {
    listening.abort();
    render(null, host);
    host.remove();
  };
}

interface Target extends Whom {
  readonly messageId: string;
  /** Of oneself only one's words can be taken away. */
  readonly isOneself: boolean;
}

/** Whose line it is, and null where the reader has no say: of their own rank or above. */
function targetOf({ chat }: Place, line: Element | null): Target | null {
  const id = line instanceof HTMLElement ? line.dataset["line"] : undefined;
  const row = chat.log.rows.peek().find(({ key }) => key === id);
  const message: Message | null = row?.kind === "message" ? row.message : null;
  if (!message?.user) return null;
  const isOneself = message.user.id === chat.ownId.peek();
  if (!isOneself && !outranks(chat.standing.rank, RANK_OF[message.user.role] ?? "nobody")) return null;
  return { id: message.user.id, name: message.user.name, messageId: message.id, isOneself };
}

function use(place: Place, target: Target, tool: Tool): void {
  if (tool === "delete") void remove(place, target);
  else if (target.isOneself) return;
  else if (tool === "timeout") void timeOut(place, target);
  else openCard(place, target, tool satisfies Panel);
}

async function remove(place: Place, { messageId }: Target): Promise<void> {
  await tried(() => new Acts(place).removeMessage(messageId));
}

async function timeOut(place: Place, { id, name }: Target): Promise<void> {
  const acts = new Acts(place);
  if (!(await tried(() => acts.timeOut(id, USUAL_TIMEOUT_SECONDS)))) return;
  const back = async (): Promise<void> => {
    if (await tried(() => acts.endTimeout(id))) toast(words.done.timeoutEnded(name));
  };
  offerUndo(words.done.timedOut(name, words.lasting(USUAL_TIMEOUT_SECONDS)), () => void back());
}

async function tried(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // Somebody else of the team was faster.
    if (error.code === "not_found") return false;
    toast(words.refused(error));
    return false;
  }
}

/** A line that goes leaves the focus on the one after it, or before it. */
function focusBeside(line: Element): void {
  const lines = [...(line.parentElement?.querySelectorAll("[data-line]") ?? [])];
  const place = lines.indexOf(line);
  const beside = lines[place + 1] ?? lines[place - 1];
  beside?.querySelector<HTMLElement>("[data-person]")?.focus();
}

function Buttons({ target, onUse }: { target: Target; onUse: (tool: Tool) => void }) {
  const button = (tool: Tool, icon: string, label: string) => (
    <button
      type="button"
      class="line-tool"
      aria-label={label}
      title={label}
      // A press of the mouse leaves the focus where it was, and the buttons free to go to the next line.
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => onUse(tool)}
    >
      <Icon name={icon} />
    </button>
  );
  return (
    <div role="toolbar" aria-label={words.tools(target.name)}>
      {button("delete", "trash", words.toolDelete)}
      {!target.isOneself && button("timeout", "clock", words.toolTimeout)}
      {!target.isOneself && button("ban", "ban", words.toolBan)}
    </div>
  );
}
