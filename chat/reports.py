"""Messages as something to report: what was said, and what was said around it."""

from datetime import UTC
from typing import Any
from uuid import UUID

from accounts.models import User
from chat.models import ChatMessage
from core.errors import NotFound
from moderation.reports.models import Subject
from moderation.reports.subjects import Found, person_evidence, register_subject, stream_evidence
from payments.tips.models import Tip
from streams.selectors import stream_get_for
from streams.viewers import Viewer

LINES_AROUND = 10


@register_subject(Subject.MESSAGE)
def message(viewer: Viewer, subject_id: UUID) -> Found:
    """Of a stream that the viewer may see; also one that was removed, which they may have read before.

    Queries: 4, and those of ``streams.access``. Raises: NotFound, also for what nobody wrote.
    """
    found = ChatMessage.objects.select_related("party__user").filter(pk=subject_id).first()
    if found is None:
        raise NotFound()
    stream = stream_get_for(viewer=viewer, stream_id=found.stream_id)
    party_id = found.party_id or _anonymous_giver(found)
    if party_id is None:
        raise NotFound()
    around = ChatMessage.objects.select_related("party__user").filter(stream=stream).exclude(text="")
    before = around.filter(seq__lt=found.seq).order_by("-seq")[:LINES_AROUND]
    after = around.filter(seq__gt=found.seq).order_by("seq")[:LINES_AROUND]
    lines = [*reversed(before), found, *after]
    user = _user_of(found)
    return Found(
        about_id=party_id,
        channel=stream.creator,
        stream_id=stream.pk,
        evidence={
            "message_id": str(found.pk),
            "text": found.text,
            "at": _iso(found),
            "author": {"id": str(user.pk), "name": user.name} if user else None,
            "author_profile": person_evidence(user) if user else None,
            "lines": [_line(line, reported=line.pk == found.pk) for line in lines],
            "stream": stream_evidence(stream),
        },
    )


def _line(line: ChatMessage, *, reported: bool) -> dict[str, Any]:
    user = _user_of(line)
    return {
        "id": str(line.pk),
        "at": _iso(line),
        "name": user.name if user else "",
        "user_id": str(user.pk) if user else None,
        "text": line.text,
        "removed": line.removed_at is not None,
        "reported": reported,
    }


def _anonymous_giver(found: ChatMessage) -> UUID | None:
    """Who tipped without a name: staff decide about them, and nobody learns who it was by reporting."""
    tip_id = (found.card or {}).get("tip")
    if tip_id is None:
        return None
    return Tip.objects.filter(pk=tip_id).values_list("order__party_id", flat=True).first()


def _user_of(line: ChatMessage) -> User | None:
    return getattr(line.party, "user", None) if line.party else None


def _iso(line: ChatMessage) -> str:
    return line.created_at.astimezone(UTC).isoformat(timespec="milliseconds")
