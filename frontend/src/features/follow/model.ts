import { signal } from "@preact/signals-core";
import { api, ApiError } from "../../api/client";
import type { FollowState } from "../../api/types";

/** Whether the viewer follows a creator. A press shows at once and is taken back if the server does not agree. */
export class FollowModel {
  readonly following;
  readonly followers;
  readonly state = signal<"idle" | "pending" | "failed">("idle");

  constructor(
    private readonly creatorId: string,
    first: FollowState,
  ) {
    this.following = signal(first.following);
    this.followers = signal(first.followers);
  }

  async toggle(): Promise<boolean> {
    if (this.state.value === "pending") return false;
    const wanted = !this.following.value;
    this.show(wanted, this.followers.value + (wanted ? 1 : -1));
    this.state.value = "pending";
    try {
      const answer = await api<FollowState>(`/api/users/${this.creatorId}/follow`, {
        method: wanted ? "POST" : "DELETE",
      });
      this.show(answer.following, answer.followers);
      this.state.value = "idle";
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.show(!wanted, this.followers.value + (wanted ? -1 : 1));
      this.state.value = "failed";
      return false;
    }
  }

  private show(following: boolean, followers: number): void {
    this.following.value = following;
    this.followers.value = followers;
  }
}
