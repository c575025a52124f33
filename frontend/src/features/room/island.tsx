import { useEffect } from "preact/hooks";
import { pageLayout } from "../stream/layout";
import { followOf, type StreamPage } from "../stream/page";
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
  const follow = { model: followOf(page), signInUrl: page.isSignedIn ? null : page.links.signIn };
  return (
    <ChatPanel visit={visit} links={page.links} moderates={page.isOwn} follow={follow} onClose={() => layout.toggleChat()} />
  );
}
