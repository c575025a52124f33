"""Somebody is put out while they are being let in: what was decided before counts as older, and is void."""

from collections.abc import Callable, Iterator
from datetime import datetime
from uuid import UUID

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from core.errors import DomainError
from realtime.orders import Order
from realtime.passes import join_pass_claim
from streams import access
from streams.access import Action, StreamLike
from streams.media.relay.gate import gate_load
from streams.media.relay.passes import playlist_pass, playlist_pass_read
from streams.models import Stream, ViewerSession
from streams.sessions import viewer_revoke
from streams.viewers import Viewer, session_id

ApiOf = Callable[[User], APIClient]
NOON = datetime.fromisoformat("2050-11-20T12:00:00+00:00")


@pytest.fixture
def put_out_while_asked(monkeypatch: pytest.MonkeyPatch, bob: User) -> Iterator[time_machine.Traveller]:
    """bob is put out after everybody has said that he may enter, a millisecond later; and time goes on."""
    with time_machine.travel(NOON, tick=False) as clock:

        def revokes(viewer: Viewer, stream: StreamLike, action: Action) -> DomainError | None:
            if action == Action.ENTER and viewer.user == bob:
                clock.shift(0.001)
                viewer_revoke(stream_id=stream.id, viewer_id=viewer.viewer_id)
                clock.shift(0.001)
            return None

        monkeypatch.setattr(access, "_gatekeepers", [*access._gatekeepers, revokes])
        yield clock


def admits(stream: Stream, url: str) -> bool:
    """Whether playlists at this address are served now."""
    token = url.split("/")[3]
    entry = playlist_pass_read(token, stream_id=stream.pk, now=timezone.now().timestamp())
    return entry is not None and gate_load(stream.pk).admits(entry)


@pytest.mark.django_db
class TestWhatIsAskedForBefore:
    @pytest.mark.usefixtures("put_out_while_asked")
    def test_the_pass_into_the_room(self, live_stream: Stream, bob: User, api_of: ApiOf) -> None:
        answer = api_of(bob).post(f"/api/streams/{live_stream.pk}/join").json()
        holder = join_pass_claim(answer["ws_url"].partition("?pass=")[2])
        out = ViewerSession.objects.get(stream=live_stream, viewer_id=f"u:{bob.pk}").revoked_at
        assert out is not None
        assert Order(before_ms=int(out.timestamp() * 1000), code=4403, viewer_id=f"u:{bob.pk}").matches(
            holder
        )

    @pytest.mark.usefixtures("put_out_while_asked")
    @pytest.mark.parametrize("door", ["join", "token"])
    def test_playlists(self, live_stream: Stream, bob: User, api_of: ApiOf, door: str) -> None:
        path = f"/api/streams/{live_stream.pk}/{door}"
        answer = (api_of(bob).post if door == "join" else api_of(bob).get)(path).json()
        assert not admits(live_stream, answer["playback"]["url"])

    def test_and_who_asks_after_it_is_let_in(
        self,
        live_stream: Stream,
        bob: User,
        api_of: ApiOf,
        monkeypatch: pytest.MonkeyPatch,
        put_out_while_asked: time_machine.Traveller,
    ) -> None:
        api_of(bob).post(f"/api/streams/{live_stream.pk}/join")
        monkeypatch.setattr(access, "_gatekeepers", access._gatekeepers[:-1])
        answer = api_of(bob).post(f"/api/streams/{live_stream.pk}/join").json()
        assert admits(live_stream, answer["playback"]["url"])


@pytest.mark.django_db(transaction=True)
def test_what_is_asked_for_before_the_commit_is_void_as_well(live_stream: Stream, bob: User) -> None:
    viewer_id = f"u:{bob.pk}"
    session = session_id(stream_id=live_stream.pk, viewer_id=viewer_id)
    with time_machine.travel(NOON, tick=False) as clock:
        with transaction.atomic():
            viewer_revoke(stream_id=live_stream.pk, viewer_id=viewer_id)
            clock.shift(1)
            meanwhile = handed_out(live_stream.pk, session)
            clock.shift(1)
        assert not admits(live_stream, meanwhile)
        never_came = ViewerSession.objects.get(pk=session)
        assert never_came.joined_at == never_came.revoked_at
        clock.shift(1)
        assert admits(live_stream, handed_out(live_stream.pk, session))


def handed_out(stream_id: UUID, session: UUID) -> str:
    token, _ = playlist_pass(
        stream_id=stream_id, session_id=session, lifetime_seconds=60, asked_at=timezone.now()
    )
    return f"/hls/{stream_id}/{token}/master.m3u8"
