import hashlib

import pytest

from accounts.errors import EmailUnconfirmed
from core.errors import InvalidInput
from streams.errors import TooManyStreams
from streams.keys import stream_key_reset
from streams.models import EndReason, Stream, StreamKey
from streams.services import stream_create, stream_end


def test_a_prepared_stream(api_of, alice):
    answer = api_of(alice).post(
        "/api/streams/create",
        {
            "title": "  Cello   in the rain ",
            "description": "Bach.\nThen more.",
            "tags": ["#Cello", "cello", "Bach "],
        },
        format="json",
    )
    assert answer.status_code == 201
    made = answer.json()
    assert made["title"] == "Cello in the rain"
    assert made["description"] == "Bach.\nThen more."
    assert made["tags"] == ["cello", "bach"]
    assert (made["status"], made["visibility"], made["paused"]) == ("scheduled", "public", False)
    assert made["viewers"] == {"current": 0, "peak": 0, "total": 0}
    assert made["creator"]["username"] == "alice"
    assert made["url"] == f"/stream/{made['id']}"


def test_the_stream_key_is_shown_once_stored_hashed_and_carried_over(alice):
    first, key = stream_create(creator=alice, title="One")
    second, again = stream_create(creator=alice, title="Two")
    assert key is not None
    assert again is None
    assert first.stream_key == second.stream_key
    row = StreamKey.objects.get()
    assert row.key_hash == hashlib.sha256(key.encode()).hexdigest()
    assert key not in {row.key_hash, row.last_four}
    assert key.endswith(row.last_four)


def test_a_reset_key_replaces_the_old_one_on_open_streams(alice):
    stream, _ = stream_create(creator=alice, title="One")
    row, key = stream_key_reset(creator=alice)
    stream.refresh_from_db()
    assert stream.stream_key == row
    assert StreamKey.objects.filter(revoked_at=None).get() == row
    assert key


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"title": ""}, {"title"}),
        ({"title": "   "}, {"title"}),
        ({"title": "x" * 101}, {"title"}),
        ({"title": "\u202e\u200b"}, {"title"}),
        ({"title": "x", "tags": ["a", "b", "c", "d", "e", "f"]}, {"tags"}),
        ({"title": "x", "tags": ["<b>"]}, {"tags"}),
        ({"title": "", "description": "x" * 5001, "tags": ["y" * 31]}, {"title", "description", "tags"}),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_made(alice, fields, wrong):
    with pytest.raises(InvalidInput) as refusal:
        stream_create(creator=alice, **fields)
    assert set(refusal.value.details) == wrong
    assert not Stream.objects.exists()


def test_a_hundred_characters_are_fine_and_markup_is_only_text(alice):
    assert stream_create(creator=alice, title="é" * 100)[0].title == "é" * 100
    assert stream_create(creator=alice, title="<b>loud</b>")[0].title == "<b>loud</b>"


def test_direction_characters_are_dropped_and_emoji_families_stay(alice):
    stream, _ = stream_create(creator=alice, title="abc\u202e\u2066def 👩‍👩‍👧")
    assert stream.title == "abcdef 👩‍👩‍👧"


def test_the_third_stream_is_refused_and_says_which_are_on(api_of, alice):
    made = [stream_create(creator=alice, title="x")[0] for _ in range(2)]
    answer = api_of(alice).post("/api/streams/create", {"title": "third"}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_streams")
    assert answer.json()["details"] == {"limit": 2, "streams": [str(stream.pk) for stream in made]}
    stream_end(stream_id=made[0].pk, reason=EndReason.CREATOR)
    assert stream_create(creator=alice, title="third")


def test_a_planned_stream_takes_no_place(alice):
    from django.utils import timezone

    for _ in range(3):
        stream_create(creator=alice, title="x", scheduled_at=timezone.now())
    for _ in range(2):
        stream_create(creator=alice, title="x")
    with pytest.raises(TooManyStreams):
        stream_create(creator=alice, title="x")


def test_an_unconfirmed_address_may_not_go_live(make_user):
    dora = make_user("dora", confirmed=False)
    with pytest.raises(EmailUnconfirmed):
        stream_create(creator=dora, title="x")


def test_an_anonymous_caller_is_asked_to_sign_in(api, db):
    assert api.post("/api/streams/create", {"title": "x"}, format="json").status_code == 401


def test_fields_of_the_row_cannot_be_set_from_outside(api_of, alice):
    answer = api_of(alice).post(
        "/api/streams/create",
        {"title": "x", "status": "live", "viewers_peak": 9, "creator": "x"},
        format="json",
    )
    assert answer.status_code == 201
    stream = Stream.objects.get()
    assert (stream.status, stream.viewers_peak, stream.creator) == ("scheduled", 0, alice)
