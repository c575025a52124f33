"""Django's own sign-in signal: what a browser watched before, it watched as this person."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User
from core.clients import known_viewer
from streams.sessions import viewer_merge


@receiver(user_logged_in)
def on_signed_in(*, request: HttpRequest | None, user: User, **kwargs: Any) -> None:
    if request is None:
        return
    if anonymous := known_viewer(request):
        viewer_merge(anonymous_id=anonymous, user_id=user.pk, party_id=user.party_id)
