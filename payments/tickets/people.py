"""What tickets have of a person: given to them on request. What was paid for stays in the books without a name."""

from django.utils import timezone

from accounts.erasure import register_eraser
from accounts.exports import Files, as_json, register_exporter
from accounts.models import User
from payments.tickets.models import Preview, PromoCode, Ticket

TICKET_FIELDS = (
    "id", "stream_id", "stream__title", "state", "amount", "currency", "order_id", "promo_code__code", "made_at",
    "valid_at", "entered_at", "used_at", "void_at", "void_reason",
)  # fmt: skip
CODE_FIELDS = (
    "id", "stream_id", "code", "percent", "amount", "currency", "uses_most", "expires_at", "created_at",
    "revoked_at",
)  # fmt: skip


@register_eraser
def erase(user: User) -> None:
    """Which device they watched on and what they were shown for nothing is forgotten; their codes are void."""
    Preview.objects.filter(viewer_id=f"u:{user.pk}").delete()
    Ticket.objects.filter(party_id=user.party_id).exclude(held_by="").update(held_by="")
    PromoCode.objects.filter(creator_id=user.party_id, revoked_at=None).update(revoked_at=timezone.now())


@register_exporter
def export(user: User) -> Files:
    tickets = Ticket.objects.filter(party_id=user.party_id).order_by("id")
    codes = PromoCode.objects.filter(creator_id=user.party_id).order_by("id")
    previews = Preview.objects.filter(viewer_id=f"u:{user.pk}").order_by("id")
    return {
        "tickets.json": as_json(
            {
                "tickets": list(tickets.values(*TICKET_FIELDS)),
                "promo_codes": list(codes.values(*CODE_FIELDS)),
                "previews": list(previews.values("stream_id", "began_at", "ends_at")),
            }
        )
    }
