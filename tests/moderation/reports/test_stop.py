"""Staff stop a stream: it ends, nobody sees more of it, and its creator waits for a release at every door."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from core.errors import Forbidden
from core.models import AuditEvent
from moderation.errors import Decided
from moderation.reports.deciding import stream_stop
from moderation.reports.errors import HeldByStaff
from moderation.reports.holds import hold_release
from moderation.reports.models import Case, CaseState, Decision, GoLiveHold, Statement, Strike
from moderation.reports.services import case_assign
from streams.access import Action, decide
from streams.encoders.admission import encoder_stream
from streams.models import Stream, StreamStatus
from streams.services import media_arrived, stream_create
from tests.conftest import viewer_of
from tests.moderation.reports.conftest import report

pytestmark = pytest.mark.django_db(transaction=True)

WHY = "Somebody else's concert is shown."


@pytest.fixture
def stopped(live_stream, nora):
    stream_stop(actor=nora, stream_id=live_stream.pk, reason=WHY, category="copyright")
    live_stream.refresh_from_db()
    return live_stream


def waits(user: User) -> dict[str, object]:
    with pytest.raises(HeldByStaff) as refused:
        stream_create(creator=user, title="Again")
    return refused.value.details


class TestWhatItDoes:
    def test_ends_holds_tells_and_counts(self, alice, nora, stopped):
        assert (stopped.status, stopped.end_reason) == (StreamStatus.ENDED, "staff")
        hold = GoLiveHold.objects.get()
        assert (hold.person, hold.stream, hold.reason, hold.by_id) == (alice, stopped, WHY, nora.party_id)
        assert waits(alice) == {"reason": WHY, "since": hold.at.isoformat()}
        statement = Statement.objects.get(party=alice.party_id)
        assert statement.title == "Your stream was stopped"
        for part in (WHY, "Copyright", "New ones wait", "no report"):
            assert part in statement.text
        assert Strike.objects.get().party_id == alice.party_id
        actions = set(AuditEvent.objects.values_list("action", flat=True))
        assert {"stream.stopped", "go_live.held", "case.decided"} <= actions

    def test_decides_the_case_that_one_has_taken_oneself(self, bob, nora, omar, live_stream):
        case = report(bob, "stream", live_stream).case
        case_assign(actor=nora, case_id=case.pk)
        stream_stop(actor=nora, stream_id=live_stream.pk, reason=WHY)
        case.refresh_from_db()
        assert case.state == "decided"

    def test_what_else_is_on_or_ready_ends_and_what_is_planned_waits(
        self, alice, live_stream, nora, settings
    ):
        settings.STREAMS_PER_CREATOR = 3
        second = stream_create(creator=alice, title="Second")[0]
        media_arrived(stream_id=second.pk)
        ready = stream_create(creator=alice, title="Ready")[0]
        planned = stream_create(
            creator=alice, title="Planned", scheduled_at=timezone.now() + timedelta(days=1)
        )[0]
        stream_stop(actor=nora, stream_id=live_stream.pk, reason=WHY)
        states = dict(Stream.objects.values_list("pk", "status"))
        assert states == {
            live_stream.pk: "ended",
            second.pk: "ended",
            ready.pk: "cancelled",
            planned.pk: "scheduled",
        }
        refusal = decide(viewer=viewer_of(alice), stream=planned, action=Action.PUBLISH).refusal
        assert isinstance(refusal, HeldByStaff)

    def test_decides_the_case_that_is_open(self, charlie, live_stream, nora):
        case = report(charlie, "stream", live_stream).case
        decision = stream_stop(actor=nora, stream_id=live_stream.pk, reason=WHY)
        assert decision is not None
        assert decision.case_id == case.pk
        assert Case.objects.get().state == CaseState.DECIDED
        assert Strike.objects.count() == 1
        assert Statement.objects.filter(party=charlie.party_id, kind="report").exists()

    def test_a_stream_that_is_over_stays_as_it_is(self, stopped, nora):
        assert stream_stop(actor=nora, stream_id=stopped.pk, reason=WHY) is None
        assert Decision.objects.count() == 1

    def test_whoever_may_not_does_not(self, live_stream, make_user):
        with pytest.raises(Forbidden):
            stream_stop(actor=make_user("fred", is_staff=True), stream_id=live_stream.pk, reason=WHY)
        assert Stream.objects.get(pk=live_stream.pk).status == StreamStatus.LIVE


class TestDoors:
    def test_staff_by_the_api(self, alice, nora, live_stream, api_of):
        answer = api_of(nora).post(f"/api/streams/{live_stream.pk}/end")
        assert answer.json()["end_reason"] == "staff"
        assert "stopped it at once" in str(waits(alice)["reason"])

    def test_staff_in_the_admin(self, alice, nora, live_stream, browser_of):
        said = {"reason": WHY, "category": "copyright", "confirmed": "yes"}
        chosen = {"action": "stop", "_selected_action": [str(live_stream.pk)]}
        page = browser_of(nora).post("/admin/streams/stream/", {**chosen, **said}, follow=True)
        assert "1 done, 0 passed over" in page.text
        assert Decision.objects.get().category == "copyright"
        assert waits(alice)["reason"] == WHY

    def test_viewers_see_nothing_of_it(self, stopped, bob, client, browser_of, nora, alice):
        for browser in (client, browser_of(bob)):
            page = browser.get(f"/stream/{stopped.pk}")
            assert "This stream was stopped" in page.text
            for part in (stopped.title, WHY, "alice", "Alice"):
                assert part not in page.text
        for user in (nora, alice):
            assert stopped.title in browser_of(user).get(f"/stream/{stopped.pk}").text

    def test_the_creator_reads_why_wherever_they_would_go_live(
        self, stopped, alice, api_of, browser_of, settings
    ):
        browser = browser_of(alice)
        assert WHY in browser.get("/creator/go-live").text
        summary = browser.get(f"/stream/broadcast/{stopped.pk}/summary").json()
        assert summary["refusal"]["details"]["reason"] == WHY
        refused = api_of(alice).post("/api/streams/create", {"title": "Again"}, format="json")
        assert (refused.status_code, refused.json()["code"]) == (403, "held_by_staff")

    def test_what_was_prepared_before_sends_nothing(self, alice, nora, live_stream, api_of):
        planned = stream_create(
            creator=alice, title="Planned", scheduled_at=timezone.now() + timedelta(days=1)
        )[0]
        stream_stop(actor=nora, stream_id=live_stream.pk, reason=WHY)
        answer = api_of(alice).get(f"/api/streams/{planned.pk}/broadcast-token")
        assert (answer.status_code, answer.json()["code"]) == (403, "held_by_staff")
        # Encoders, by WHIP and RTMP, ask which stream they send into: one that is ready, made behind our back.
        Stream.objects.filter(pk=planned.pk).update(scheduled_at=None)
        with pytest.raises(HeldByStaff):
            encoder_stream(creator=alice)


class TestRelease:
    def test_lets_them_go_live_and_tells_them(self, alice, nora, stopped, browser_of):
        hold = GoLiveHold.objects.get()
        page = browser_of(nora).post(
            "/admin/moderation/golivehold/",
            {
                "action": "release",
                "_selected_action": [str(hold.pk)],
                "reason": "They had the right to.",
                "confirmed": "yes",
            },
            follow=True,
        )
        assert "1 done" in page.text
        stream_create(creator=alice, title="Again")
        assert Statement.objects.filter(party=alice.party_id, title="You may go live again").exists()
        with pytest.raises(Decided):
            hold_release(actor=nora, hold_id=hold.pk, reason="Once more.")

    def test_not_by_everybody(self, alice, make_user, stopped):
        with pytest.raises(Forbidden):
            hold_release(
                actor=make_user("fred", is_staff=True), hold_id=GoLiveHold.objects.get().pk, reason="ok"
            )
        waits(alice)
