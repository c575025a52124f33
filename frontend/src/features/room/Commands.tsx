import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Command, CommandList } from "../moderation/commands";
import type { Chat } from "./chat";

type List = typeof CommandList;

export interface CommandChoice {
  readonly found: readonly Command[];
  readonly selected: number;
  readonly label: string;
  readonly ofField: Record<string, string | boolean>;
  readonly choose: (command: Command) => void;
  /** True when the key was for the list. */
  readonly onKeyDown: (event: KeyboardEvent) => boolean;
}

const LIST_ID = "chat-commands";
const optionId = (name: string): string => `chat-command-${name}`;

/** What can be typed after "/" in this chat; the list is fetched when somebody types one. */
export function useCommands(chat: Chat): CommandChoice {
  const list = useSignal<List | null>(null);
  const selected = useSignal(0);
  const closedFor = useSignal<string | null>(null);
  const draft = chat.draft.value;
  const isCommand = draft.startsWith("/");
  useEffect(() => {
    // What is said of commands is a help: without it they work as well.
    if (isCommand && list.value === null) import("../moderation/commands").then((loaded) => (list.value = loaded.CommandList), () => undefined);
  }, [isCommand]);
  useEffect(() => {
    selected.value = 0;
    if (closedFor.value !== draft) closedFor.value = null;
  }, [draft]);
  const found = isCommand && list.value !== null && closedFor.value === null ? list.value.matching(draft, chat.standing.rank) : [];
  const chosen = found[selected.value];
  const isChoosing = chosen !== undefined && !draft.includes(" ");

  const choose = (command: Command): void => {
    chat.draft.value = `/${command.name}${command.takes === "" ? "" : " "}`;
    if (command.takes === "") closedFor.value = chat.draft.value;
  };
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (found.length === 0 || event.isComposing) return false;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp":
        if (!isChoosing) return false;
        selected.value = (selected.value + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length;
        break;
      case "Tab":
        if (!isChoosing || event.shiftKey) return false;
        choose(chosen);
        break;
      case "Enter":
        // Who typed all of it sends it.
        if (!isChoosing || event.shiftKey || draft === `/${chosen.name}`) return false;
        choose(chosen);
        break;
      case "Escape":
        closedFor.value = draft;
        break;
      default:
        return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  const ofField: Record<string, string | boolean> = { "aria-autocomplete": "list" };
  if (found.length > 0) Object.assign(ofField, { "aria-controls": LIST_ID, "aria-activedescendant": chosen ? optionId(chosen.name) : "" });
  return { found, selected: selected.value, label: list.value?.label ?? "", ofField, choose, onKeyDown };
}

export function Commands({ of: { found, selected, label, choose } }: { of: CommandChoice }) {
  if (found.length === 0) return null;
  return (
    <ul class="chat-commands" id={LIST_ID} role="listbox" aria-label={label}>
      {found.map((command, place) => (
        <li
          key={command.name}
          id={optionId(command.name)}
          role="option"
          aria-selected={place === selected}
          // The field keeps the focus.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => choose(command)}
        >
          <b>/{command.name}</b> <span class="chat-command-takes">{command.takes}</span>
          <span class="chat-command-does">{command.does}</span>
        </li>
      ))}
    </ul>
  );
}
