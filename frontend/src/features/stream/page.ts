import type { Playback } from "../../api/types";
import type { ChatLinks } from "../room/Composer";
import { FollowModel } from "../follow/model";
import type { StreamFacts } from "./visit";

/** The JSON that the stream page carries; all of its islands read the same one. */
export interface StreamPage {
  readonly stream: StreamFacts;
  readonly poster: string | null;
  /** How most people watch here; the server may answer otherwise. */
  readonly usualKind: Playback["kind"];
  readonly follow: { readonly following: boolean; readonly followers: number };
  readonly isSignedIn: boolean;
  readonly isOwn: boolean;
  readonly links: ChatLinks;
}

const follows = new Map<string, FollowModel>();

/** One answer to "do I follow", wherever on the page the button is. */
export function followOf(page: StreamPage): FollowModel {
  const { id } = page.stream.creator;
  let model = follows.get(id);
  if (!model) follows.set(id, (model = new FollowModel(id, page.follow)));
  return model;
}
