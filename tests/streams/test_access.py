"""Who x what x when, in one table: every door asks the same function."""

import pytest

from accounts.services import follow_create
from streams import access
from streams.access import Action, decide
from streams.models import Guest, Stream
from streams.services import stream_create
from streams.viewers import Viewer
from tests.conftest import viewer_of

OK: str | None = None
SEE, ENTER, CHAT, SPEAK, PUBLISH, MODERATE, STOP = Action
# visibility/status: who: what each of see, enter, chat, publish, moderate, stop answers
TABLE: dict[str, dict[str, tuple[str | None, ...]]] = {
    "public live": {
        "anonymous": (OK, OK, "not_signed_in", "forbidden", "forbidden", "forbidden"),
        "unconfirmed": (OK, OK, "email_unconfirmed", "forbidden", "forbidden", "forbidden"),
        "bob": (OK, OK, OK, "forbidden", "forbidden", "forbidden"),
        "creator": (OK, OK, OK, OK, OK, OK),
        "admin": (OK, OK, OK, "forbidden", OK, OK),
    },
    "unlisted live": {
        "anonymous": (OK, OK, "not_signed_in", "forbidden", "forbidden", "forbidden"),
        "bob": (OK, OK, OK, "forbidden", "forbidden", "forbidden"),
    },
    "followers live": {
        "anonymous": (OK, "followers_only", "followers_only", "forbidden", "forbidden", "forbidden"),
        "charlie": (OK, "followers_only", "followers_only", "forbidden", "forbidden", "forbidden"),
        "follower": (OK, OK, OK, "forbidden", "forbidden", "forbidden"),
        "creator": (OK, OK, OK, OK, OK, OK),
        "admin": (OK, OK, OK, "forbidden", OK, OK),
    },
    "invited live": {
        "anonymous": ("not_found",) * 6,
        "bob": ("not_found",) * 6,
        "creator": (OK, OK, OK, OK, OK, OK),
        "admin": (OK, OK, OK, "forbidden", OK, OK),
    },
    "invited live guests": {
        "anonymous": ("not_found",) * 6,
        "invited": (OK, OK, OK, "forbidden", "forbidden", "forbidden"),
        "link": (OK, OK, "not_signed_in", "forbidden", "forbidden", "forbidden"),
    },
    "public live mature": {
        "anonymous": (OK, "mature_gate", "mature_gate", "forbidden", "forbidden", "forbidden"),
        "said adult": (OK, OK, "not_signed_in", "forbidden", "forbidden", "forbidden"),
        "bob": (OK, "mature_gate", "mature_gate", "forbidden", "forbidden", "forbidden"),
        "minor": (OK, "too_young", "too_young", "forbidden", "forbidden", "forbidden"),
        "creator": (OK, OK, OK, OK, OK, OK),
        "admin": (OK, OK, OK, "forbidden", OK, OK),
    },
    "public scheduled": {
        "anonymous": (OK, OK, "not_signed_in", "forbidden", "forbidden", "forbidden"),
        "creator": (OK, OK, OK, OK, OK, OK),
    },
    "public ended": {
        "anonymous": (OK, "stream_ended", "stream_ended", "forbidden", "forbidden", "forbidden"),
        "bob": (OK, "stream_ended", "stream_ended", "forbidden", "forbidden", "forbidden"),
        "creator": (OK, "stream_ended", "stream_ended", "stream_ended", OK, OK),
        "admin": (OK, "stream_ended", "stream_ended", "forbidden", OK, OK),
    },
    "public cancelled": {
        "anonymous": ("not_found",) * 6,
        "bob": ("not_found",) * 6,
        "creator": (OK, "stream_ended", "stream_ended", "stream_ended", OK, OK),
        "admin": (OK, "stream_ended", "stream_ended", "forbidden", OK, OK),
    },
}


@pytest.fixture
def people(alice, bob, charlie, admin, make_user, anonymous) -> dict[str, Viewer]:
    follower = make_user("fred")
    minor = make_user("minnie", age_band="16-17")
    follow_create(follower=follower, creator=alice)
    return {
        "anonymous": anonymous,
        "unconfirmed": viewer_of(make_user("dora", confirmed=False)),
        "bob": viewer_of(bob),
        "charlie": viewer_of(charlie),
        "follower": viewer_of(follower),
        "invited": viewer_of(make_user("ivy")),
        "link": Viewer(user=None, viewer_id="a:came-by-link"),
        "said adult": Viewer(user=None, viewer_id="a:grown-up", said_adult=True),
        "minor": Viewer(user=minor, viewer_id=f"u:{minor.pk}", said_adult=True),
        "creator": viewer_of(alice),
        "admin": viewer_of(admin),
    }


@pytest.mark.parametrize("situation", TABLE)
def test_the_table(situation, people, alice):
    visibility, status, *more = situation.split()
    stream = stream_create(creator=alice, title="x", visibility=visibility, mature="mature" in more)[0]
    stream.status = status
    if "guests" in more:
        for who in ("invited", "link"):
            Guest.objects.create(stream=stream, viewer_id=people[who].viewer_id)
    for who, expected in TABLE[situation].items():
        answers = {action: decide(viewer=people[who], stream=stream, action=action).code for action in Action}
        assert answers.pop(SPEAK) == answers[ENTER], who
        assert tuple(answers.values()) == expected, who


def test_a_refusal_says_what_would_help(people, alice):
    stream = Stream(creator=alice, title="x", visibility="followers", status="live")
    for who, help_ in (("anonymous", "sign_in"), ("charlie", "follow")):
        refusal = decide(viewer=people[who], stream=stream, action=ENTER).refusal
        assert refusal is not None
        assert refusal.details["help"] == help_


def test_a_gatekeeper_can_only_refuse_and_never_the_creator(people, alice, monkeypatch):
    from core.errors import Forbidden

    monkeypatch.setattr(access, "_gatekeepers", [lambda viewer, stream, action: Forbidden(why="banned")])
    stream = Stream(creator=alice, title="x", visibility="public", status="live")
    assert decide(viewer=people["bob"], stream=stream, action=ENTER).code == "forbidden"
    assert decide(viewer=people["creator"], stream=stream, action=ENTER).allowed
    stream.visibility = "invited"
    assert decide(viewer=people["bob"], stream=stream, action=SEE).code == "not_found"


def test_a_public_stream_is_decided_with_a_query_at_most(people, alice, django_assert_num_queries):
    stream = Stream(creator=alice, title="x", visibility="public", status="live")
    with django_assert_num_queries(0):
        assert decide(viewer=people["anonymous"], stream=stream, action=SEE).allowed
    # Whether the creator blocked them, the channel banned them or what they come with, and whether they may speak.
    for who in ("anonymous", "bob"):
        for action in (ENTER, SPEAK):
            with django_assert_num_queries(1):
                assert decide(viewer=people[who], stream=stream, action=action).allowed
