import { useEffect } from "preact/hooks";
import { pageLayout } from "../stream/layout";
import type { StreamPage } from "../stream/page";
import { visitOf } from "../stream/visit";
import { ChatPanel } from "./ChatPanel";

export default function RoomIsland(page: StreamPage) {
  const visit = visitOf(page.stream);
  const layout = pageLayout();
  useEffect(() => {
    // A stream that is over has a chat to read, but no room to enter.
    if (visit.isOver.value) visit.chat.showPast();
    return visit.enter();
  }, [visit]);
  return <ChatPanel visit={visit} links={page.links} moderates={page.isOwn} onClose={() => layout.toggleChat()} />;
}
