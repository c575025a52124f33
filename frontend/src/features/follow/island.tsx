import { useMemo } from "preact/hooks";
import type { FollowState } from "../../api/types";
import { text } from "../../ui/text";
import { FollowButton } from "./FollowButton";
import { FollowModel } from "./model";

interface Props extends FollowState {
  creatorId: string;
  signInUrl: string | null;
  isOwn: boolean;
}

/** The channel page's follow button with its count. */
export default function FollowIsland({ creatorId, signInUrl, isOwn, following, followers }: Props) {
  const model = useMemo(() => new FollowModel(creatorId, { following, followers }), [creatorId]);
  return (
    <div class="flex flex-wrap items-center gap-3">
      {!isOwn && <FollowButton model={model} signInUrl={signInUrl} />}
      <span class="quiet tabular">{text.follow.followers(model.followers.value)}</span>
    </div>
  );
}
