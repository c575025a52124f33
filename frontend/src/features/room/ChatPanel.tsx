import { useEffect } from "preact/hooks";
import { Icon } from "../../ui/icon";
import { text } from "../../ui/text";
import type { Visit } from "../stream/visit";
import { Composer, type ChatLinks } from "./Composer";
import { Log } from "./Log";
import { Pinned } from "./Pinned";

interface Props {
  visit: Visit;
  links: ChatLinks;
  /** Whoever reads may take down what tips say. */
  moderates?: boolean;
  /** Shown as a button in the head where the panel can be put away. */
  onClose?: () => void;
}

/** A stream's chat, for the viewer's page and the studio alike. */
export function ChatPanel({ visit, links, moderates = false, onClose }: Props) {
  useEffect(() => {
    visit.chat.moderates.value = moderates;
  }, [visit, moderates]);
  return (
    <div class="chat-panel">
      <div class="chat-head">
        <h2>{text.chat.label}</h2>
        {!visit.isOver.value && <Connection visit={visit} />}
        <span class="flex-1" />
        {onClose && (
          <button type="button" class="btn btn-ghost btn-sm btn-square" onClick={onClose} aria-label={text.player.hideChat}>
            <Icon name="close" />
          </button>
        )}
      </div>
      <Pinned chat={visit.chat} />
      {/* Before the door there is nothing that could still load. */}
      {visit.refused.value !== null && visit.chat.you.value === null ? <div class="chat-log" /> : <Log chat={visit.chat} />}
      <Composer chat={visit.chat} links={links} isOutside={visit.refused.value !== null} />
    </div>
  );
}

/** A dot and, for those who do not see it, a word. */
function Connection({ visit }: { visit: Visit }) {
  const { kind } = visit.connection.value;
  const words = text.connection.label[kind];
  return (
    <span class={`connection connection-${kind}`} title={words}>
      <span class="sr-only">{words}</span>
    </span>
  );
}
