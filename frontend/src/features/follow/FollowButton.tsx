import type { FollowModel } from "./model";
import { Icon } from "../../ui/icon";
import { text } from "../../ui/text";
import { toast } from "../../ui/toast";

interface Props {
  model: FollowModel;
  /** Where to go instead, for somebody who is not signed in. */
  signInUrl: string | null;
  onFollowed?: () => void;
}

export function FollowButton({ model, signInUrl, onFollowed }: Props) {
  if (signInUrl !== null) {
    return (
      <a class="btn btn-primary btn-sm" href={signInUrl} title={text.follow.signIn}>
        <Icon name="heart" /> {text.follow.follow}
      </a>
    );
  }
  const isFollowing = model.following.value;
  const press = async (): Promise<void> => {
    const done = await model.toggle();
    if (!done) toast(text.follow.failed);
    else if (model.following.value) onFollowed?.();
  };
  return (
    <button
      type="button"
      class={`btn btn-sm ${isFollowing ? "" : "btn-primary"}`}
      aria-pressed={isFollowing}
      aria-busy={model.state.value === "pending"}
      onClick={() => void press()}
    >
      <Icon name={isFollowing ? "check" : "heart"} />
      {isFollowing ? text.follow.following : text.follow.follow}
    </button>
  );
}
