"""What bans have of a person: given to them on request.

What is about an account goes with it: its bans, warnings and requests, and with what it came to which channel. What was
done stays in the audit trail, without a name; bans of networks stay for the rest of their 30 days.
"""

from accounts.erasure import register_eraser
from accounts.exports import Files, as_json, register_exporter
from accounts.models import User
from moderation.bans.models import Ban, Caution, Sighting, UnbanRequest


@register_eraser
def erase(user: User) -> None:
    """With what they came, also to whom it says so without their account."""
    Sighting.objects.filter(viewer_id=f"u:{user.pk}").delete()


@register_exporter
def export(user: User) -> Files:
    """What is known of them, without who judged them; and whom they keep out of their own channel."""
    bans = Ban.objects.filter(person=user).order_by("id")
    cautions = Caution.objects.filter(person=user).order_by("id")
    requests = UnbanRequest.objects.filter(person=user).order_by("id")
    mine = Ban.objects.filter(channel=user).order_by("id")
    seen = Sighting.objects.filter(person=user).order_by("id")
    return {
        "bans.json": as_json(
            {
                "banned_from": list(bans.values("channel__username", "until", "reason", "created_at")),
                "warnings": list(cautions.values("channel__username", "reason", "created_at", "read_at")),
                "unban_requests": list(
                    requests.values(
                        "channel__username", "text", "state", "answer", "created_at", "answered_at"
                    )
                ),
                "came_with": list(seen.values("channel__username", "kind", "seen_at")),
                "banned_by_me": list(mine.values("person__username", "until", "reason", "created_at")),
            }
        )
    }
