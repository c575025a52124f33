import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Icon } from "../../ui/icon";
import { text } from "../../ui/text";
import { toast } from "../../ui/toast";
import type { Desk } from "../mod-column/desk";
import type { Place } from "../moderation/place";
import type { Visit } from "../stream/visit";
import { Composer, type ChatLinks } from "./Composer";
import type { FollowFacts } from "./Holding";
import { Log } from "./Log";
import { Pinned } from "./Pinned";
import { words } from "./words";

interface Props {
  visit: Visit;
  links: ChatLinks;
  /** Whoever reads may take down what tips say. */
  moderates?: boolean;
  follow?: FollowFacts;
  /** Whether the team's column is open from the start. */
  startsModerating?: boolean;
  /** Shown as a button in the head where the panel can be put away. */
  onClose?: () => void;
}

/** A stream's chat, for the viewer's page and the studio alike. */
export function ChatPanel({ visit, links, moderates = false, follow, startsModerating = false, onClose }: Props) {
  const { chat } = visit;
  const [desk, setDesk] = useState<Desk | null>(null);
  const panel = useRef<HTMLDivElement>(null);
  const place = useMemo(() => placeOf(visit, links), [visit]);
  const isOfTeam = chat.standing.me.value?.moderates ?? false;
  useEffect(() => {
    chat.moderates.value = moderates || isOfTeam;
  }, [visit, moderates, isOfTeam]);
  // What a team acts with is fetched by the team alone.
  useEffect(() => {
    if (!isOfTeam) return undefined;
    let takeAway: () => void = () => undefined;
    let made: Desk | null = null;
    let gone = false;
    import("../mod-column/desk").then(({ deskOf }) => {
      if (!gone) setDesk((made = deskOf(visit, startsModerating)));
    }, unloaded);
    import("../moderation/tools").then(({ addTools }) => {
      const log = panel.current?.querySelector<HTMLElement>("[role=log]");
      if (!gone && log) takeAway = addTools(log, place);
    }, unloaded);
    return () => {
      gone = true;
      takeAway();
      made?.leave();
      setDesk(null);
    };
  }, [isOfTeam, place]);

  const refused = visit.refused.value;
  const onClick = (event: MouseEvent): void => {
    const name = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-person]") : null;
    const id = name?.dataset["person"];
    if (!name || !id) return;
    const messageId = name.dataset["message"] ?? null;
    import("../moderation/card").then(({ openCard }) => openCard(place, { id, name: name.textContent, messageId }), unloaded);
  };
  return (
    <div class="chat-panel" ref={panel} onClick={onClick} data-desk={desk ? (desk.isOpen.value ? "open" : "closed") : undefined}>
      <div class="chat-head">
        <h2>{text.chat.label}</h2>
        {!visit.isOver.value && <Connection visit={visit} />}
        <span class="flex-1" />
        {desk && <desk.Button />}
        {onClose && (
          <button type="button" class="btn btn-ghost btn-sm btn-square" onClick={onClose} aria-label={text.player.hideChat}>
            <Icon name="close" />
          </button>
        )}
      </div>
      {desk && <desk.Panel />}
      <Pinned chat={chat} />
      {/* Before the door there is nothing that could still load. */}
      {refused !== null && chat.you.value === null ? <div class="chat-log" /> : <Log chat={chat} />}
      <Composer
        chat={chat}
        links={links}
        isOutside={refused !== null}
        isBanned={refused?.code === "banned"}
        follow={follow ?? null}
        banUrl={`/live/${encodeURIComponent(place.channel.username)}/ban`}
      />
    </div>
  );
}

/** Where a card, a report or a command of this chat belongs. */
function placeOf(visit: Visit, links: ChatLinks): Place {
  const { id: streamId, title, creator } = visit.facts;
  return { streamId, title, channel: { id: creator.id, username: creator.username, name: creator.display_name }, chat: visit.chat, links };
}

function unloaded(): void {
  toast(words.unloaded);
}

/** A dot and, for those who do not see it, a word. */
function Connection({ visit }: { visit: Visit }) {
  const { kind } = visit.connection.value;
  const label = text.connection.label[kind];
  return (
    <span class={`connection connection-${kind}`} title={label}>
      <span class="sr-only">{label}</span>
    </span>
  );
}
