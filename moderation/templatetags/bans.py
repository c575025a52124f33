"""What pages of other apps say of bans. Templates ask here, since those apps know nothing of them."""

from typing import Any

from django import template

from moderation.bans.evasion import is_shut_by_network
from moderation.bans.selectors import Shut, shut_by_ban
from streams.access import is_creator
from streams.models import OVER
from streams.selectors import StreamView
from streams.viewers import viewer_from_request

register = template.Library()


@register.simple_tag(takes_context=True)
def ban_gate(context: dict[str, Any], stream: StreamView) -> Shut | None:
    """Why whoever looks at the page of a stream is kept out of it; None for everybody else.

    Queries: none without an account and for the creator and staff; else 2, or 3 for who is banned.
    """
    viewer = viewer_from_request(context["request"])
    if viewer.user is None or stream.creator_id is None or stream.status in OVER:
        return None
    if is_creator(viewer, stream) or viewer.user.is_staff:
        return None
    shut = shut_by_ban(channel_id=stream.creator_id, user=viewer.user)
    if shut.ban is not None:
        return shut
    return shut if is_shut_by_network(viewer=viewer, channel_id=stream.creator_id) else None
