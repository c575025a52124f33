"""The audit trail says who did what, and nobody can take it back."""

import pytest
from django.db import DatabaseError, transaction

from core.audit import audit_record
from core.models import AuditEvent


def test_an_event_names_actor_action_target_and_request(alice, client):
    audit_record(actor_party_id=alice.party_id, action="user.suspended", target="user:1", reason="spam")
    event = AuditEvent.objects.get()
    assert (event.actor_party_id, event.action, event.target, event.reason) == (
        alice.party_id,
        "user.suspended",
        "user:1",
        "spam",
    )


@pytest.mark.django_db
def test_the_database_refuses_to_change_or_delete_it():
    audit_record(actor_party_id=None, action="x.done", target="x:1")
    for change in (
        lambda: AuditEvent.objects.update(reason="nothing happened"),
        lambda: AuditEvent.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    assert AuditEvent.objects.get().reason == ""


def test_staff_suspending_and_reinstating_is_on_record(browser_of, admin, bob):
    client = browser_of(admin)
    for action in ("suspend", "suspend", "reinstate"):
        chosen = {"action": action, "_selected_action": [str(bob.pk)]}
        client.post("/admin/accounts/user/", {**chosen, "reason": f"{action}: spam", "confirmed": "yes"})
    events = AuditEvent.objects.filter(target=f"user:{bob.pk}").order_by("id")
    assert [event.action for event in events] == ["user.suspended", "user.reinstated"], "once each"
    assert [event.reason for event in events] == ["suspend: spam", "reinstate: spam"]
    assert {event.actor_party_id for event in events} == {admin.party_id}
    assert events[0].request_id


def test_staff_stopping_a_stream_is_on_record_and_its_creator_ending_it_is_not(
    api_of, admin, bob, live_stream
):
    from streams.services import media_arrived, stream_create

    api_of(admin).post(f"/api/streams/{live_stream.pk}/end")
    ends = AuditEvent.objects.filter(target__startswith="stream:")
    assert ends.get().target == f"stream:{live_stream.pk}"
    own, _ = stream_create(creator=bob, title="x")
    media_arrived(stream_id=own.pk)
    api_of(bob).post(f"/api/streams/{own.pk}/end")
    assert ends.count() == 1
