"""Streams that are not for minors: off the grid, without previews, behind a gate."""

import pytest

from streams.models import Stream
from streams.services import stream_update


@pytest.fixture
def mature(live_stream: Stream) -> Stream:
    Stream.objects.filter(pk=live_stream.pk).update(mature=True, thumbnail="thumbnails/x/y")
    live_stream.refresh_from_db()
    return live_stream


def test_it_is_in_no_grid_and_shows_no_picture(api, mature):
    assert api.get("/api/streams/live").json()["results"] == []
    shown = api.get(f"/api/streams/{mature.pk}").json()
    assert shown["mature"] is True
    assert shown["thumbnail"] is None


def test_the_gate_opens_by_saying_so(api, mature):
    url = f"/api/streams/{mature.pk}"
    answer = api.post(f"{url}/join")
    assert (answer.status_code, answer.json()) == (
        403,
        {"code": "mature_gate", "details": {"help": "confirm_age"}},
    )
    assert api.get(f"{url}/token").status_code == 403
    assert api.post(f"{url}/confirm-age").status_code == 204
    assert api.post(f"{url}/join").status_code == 200


def test_a_minor_stays_outside_whatever_they_say(api_of, make_user, mature):
    client = api_of(make_user("teen", age_band="16-17"))
    client.post(f"/api/streams/{mature.pk}/confirm-age")
    answer = client.post(f"/api/streams/{mature.pk}/join")
    assert (answer.status_code, answer.json()) == (403, {"code": "too_young", "details": {"least_age": 18}})


def test_becoming_mature_asks_everybody_again(live_stream):
    stream_update(stream_id=live_stream.pk, mature=True)
    live_stream.refresh_from_db()
    assert live_stream.audience_changed_at is not None
