"""What is said in an invited stream is for its guests: the rest of the team does not learn of it."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from chat.models import ChatMessage
from chat.services import messages_accept
from moderation.held.models import HeldMessage
from moderation.modes.models import ChatModes
from moderation.reports.services import report_make
from streams.guests import guest_add
from streams.models import Stream
from tests.moderation.lines.conftest import line_of, make_member

pytestmark = pytest.mark.django_db(transaction=True)
ApiOf = Callable[[User], APIClient]
Browser = Callable[[User], Client]


@pytest.fixture
def private(live_stream: Stream, alice: User, bob: User, charlie: User) -> Stream:
    """alice's, with bob as its guest; charlie moderates her channel. One line was said, reported, and one is held."""
    Stream.objects.filter(pk=live_stream.pk).update(visibility="invited", title="Only for bob")
    live_stream.refresh_from_db()
    guest_add(stream=live_stream, username="bob")
    make_member(alice, charlie, "moderator")
    ChatModes.objects.update_or_create(channel=alice, defaults={"links": "hold"})
    messages_accept(stream_id=live_stream.pk, lines=[line_of(bob, "between us")])
    messages_accept(stream_id=live_stream.pk, lines=[line_of(bob, "https://example.com/between-us")])
    assert HeldMessage.objects.exists()
    return live_stream


def read(api: APIClient, page: Client, bob: User) -> str:
    told = [
        api.get(address).content.decode()
        for address in (
            f"/api/channels/alice/people/{bob.pk}",
            "/api/channels/alice/held",
            "/api/channels/alice/reports",
        )
    ]
    return "".join([*told, page.get("/studio/moderation?channel=alice").content.decode()])


def test_a_moderator_who_is_not_invited_reads_nothing_of_it(
    private: Stream,
    alice: User,
    bob: User,
    charlie: User,
    make_user: Callable[..., User],
    api_of: ApiOf,
    browser_of: Browser,
) -> None:
    guest_add(stream=private, username=make_user("dora").username)
    dora = User.objects.get(username="dora")
    report_make(reporter=dora, subject="message", subject_id=ChatMessage.objects.get().pk, category="spam")

    seen = read(api_of(charlie), browser_of(charlie), bob)
    for part in ("between us", "between-us", "Only for bob", str(private.pk)):
        assert part not in seen, part

    guest_add(stream=private, username="charlie")
    for reader in (charlie, alice):
        seen = read(api_of(reader), browser_of(reader), bob)
        for part in ("between us", "between-us", "Only for bob"):
            assert part in seen, (reader.username, part)
