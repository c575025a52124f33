"""Pages of what people were told and what they reported, the same over the API, and staff's queue."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts.services import avatar_set
from core.logs import without_secrets
from moderation.reports.deciding import case_decide
from moderation.reports.models import Appeal, Case, CaseState, Decision, Statement
from moderation.reports.services import case_assign
from moderation.reports.statements import statement_mail, statement_token
from moderation.team.models import TeamMember
from tests.moderation.reports.conftest import report
from tests.streams.test_thumbnail import picture

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "That was a quotation, and everybody there knew it."


@pytest.fixture
def suspended(case, nora, bob):
    """bob's statement of reasons."""
    case_decide(actor=nora, case_id=case.pk, action="suspend", category="spam", reason="It is an advert.")
    return Statement.objects.get(party=bob.party_id)


@pytest.fixture
def warned(case, nora, bob):
    case_decide(actor=nora, case_id=case.pk, action="warn", category="spam", reason="It is an advert.")
    return Statement.objects.get(party=bob.party_id)


class TestNotices:
    def test_the_badge_counts_what_is_new_and_costs_no_query(
        self, warned, bob, browser_of, django_assert_num_queries
    ):
        browser = browser_of(bob)
        browser.get("/settings/blocks")
        with django_assert_num_queries(3):  # who it is, blocks, confirmed address
            assert "1 new notice" in browser.get("/settings/blocks").text
        assert "new" in browser.get("/account/notices").text
        assert "It is an advert." in browser.get(f"/account/notices/{warned.pk}").text
        assert "new notice" not in browser.get("/account/notices").text

    def test_are_nobody_elses(self, warned, charlie, browser_of, client):
        assert browser_of(charlie).get(f"/account/notices/{warned.pk}").status_code == 404
        assert client.get(f"/account/notices/{warned.pk}").status_code == 302

    def test_an_appeal_is_sent_once_and_shows_its_state(self, warned, bob, browser_of):
        browser, page = browser_of(bob), f"/account/notices/{warned.pk}"
        assert "Send the appeal" in browser.get(page).text
        assert browser.post(page, {"text": "No."}).status_code == 400
        assert browser.post(page, {"text": TEXT}).status_code == 302
        after = browser.get(page).text
        assert TEXT in after
        assert "Send the appeal" not in after
        assert "already" in browser.post(page, {"text": TEXT}, follow=True).text
        assert Appeal.objects.count() == 1


class TestByMail:
    def test_who_is_suspended_reads_and_appeals_without_a_sign_in(self, suspended, bob, client):
        statement_mail(statement_id=suspended.pk)
        (link,) = re.findall(r"http://localhost:8000(/account/notices/by-mail/\S+)", str(mail.outbox[0].body))
        page = client.get(link)
        assert "It is an advert." in page.text
        assert page["Referrer-Policy"] == "no-referrer"
        assert "no-store" in page["Cache-Control"]
        assert client.post(link, {"text": TEXT}).status_code == 302
        assert Appeal.objects.get().decision.about_id == bob.party_id
        assert TEXT in client.get(link).text

    def test_the_link_is_for_that_alone_and_ends(self, suspended, client, time_machine):
        token = statement_token(suspended)
        page = reverse("moderation:notice-by-mail", args=[token])
        assert client.get(reverse("moderation:notice-by-mail", args=[token[:-2]])).status_code == 410
        other = Statement.objects.exclude(pk=suspended.pk)[0]
        forged = token.replace(suspended.pk.hex, other.pk.hex)
        assert client.get(reverse("moderation:notice-by-mail", args=[forged])).status_code == 410
        time_machine.move_to(timezone.now() + timedelta(days=183 + 91))
        assert client.get(page).status_code == 410

    def test_not_as_often_as_one_likes(self, suspended, client, time_machine):
        time_machine.move_to("2030-01-01T12:00:00Z", tick=False)
        page = reverse("moderation:notice-by-mail", args=["nothing"])
        assert {client.get(page).status_code for _ in range(30)} == {410}
        assert client.get(page).status_code == 429

    def test_no_log_has_it(self, suspended):
        token = statement_token(suspended)
        line = without_secrets(f'"GET /account/notices/by-mail/{token} HTTP/1.1" 200')
        assert token not in line
        assert token[:32] not in line


class TestApi:
    def test_a_report_its_answer_and_nothing_of_others(self, bob, charlie, alice, message, nora, api_of):
        api = api_of(charlie)
        sent = {"subject": "message", "subject_id": str(message.pk), "category": "spam", "note": "see"}
        made = api.post("/api/reports", sent, format="json")
        assert (made.status_code, made.json()["state"]) == (201, "open")
        report(alice, "message", message)
        case = Case.objects.get()
        case_assign(actor=nora, case_id=case.pk)
        assert api.get("/api/me/reports").json()["results"][0]["state"] == "open"
        case_decide(actor=nora, case_id=case.pk, action="warn", category="spam", reason="It is an advert.")
        (row,) = api.get("/api/me/reports").json()["results"]
        assert row["state"] == "decided"
        assert "breaks our rules" in row["answer"]
        assert api_of(bob).get("/api/me/reports").json()["results"] == []

    def test_statements_reading_and_appealing(self, warned, bob, charlie, api_of):
        api = api_of(bob)
        (row,) = api.get("/api/me/statements").json()["results"]
        assert (row["kind"], row["read_at"], row["decision"]["appeal"]) == ("reasons", None, None)
        for other, status in ((charlie, 404), (bob, 204)):
            assert api_of(other).post(f"/api/me/statements/{row['id']}/read").status_code == status
        appeal = f"/api/me/decisions/{row['decision']['id']}/appeal"
        assert api_of(charlie).post(appeal, {"text": TEXT}, format="json").status_code == 404
        assert api.post(appeal, {"text": TEXT}, format="json").status_code == 201
        again = api.post(appeal, {"text": TEXT}, format="json")
        assert (again.status_code, again.json()["code"]) == (409, "appealed")
        (row,) = api.get("/api/me/statements").json()["results"]
        assert row["decision"]["appeal"]["state"] == "open"

    def test_a_channels_team_sees_what_waits_and_not_from_whom(
        self, alice, bob, charlie, make_user, case, live_stream, nora, api_of
    ):
        report(charlie, "stream", live_stream, note="the owner does not read this")
        mona = make_user("mona")
        TeamMember.objects.create(channel=alice, person=mona, role="moderator", accepted_at=timezone.now())
        answer = api_of(mona).get("/api/channels/alice/reports")
        (row,) = answer.json()["results"]
        assert (row["case_id"], row["count"], row["about"]["name"]) == (str(case.pk), 1, "bob")
        assert "charlie" not in answer.text
        assert api_of(alice).get("/api/channels/alice/reports").json()["results"] == [row]
        assert api_of(bob).get("/api/channels/alice/reports").status_code == 403
        case_decide(actor=nora, case_id=case.pk, action="warn", category="spam", reason="It is an advert.")
        assert api_of(mona).get("/api/channels/alice/reports").json()["results"] == []


class TestQueue:
    def test_waits_mine_and_all(self, case, charlie, bob, nora, omar, browser_of):
        browser, queue = browser_of(nora), "/admin/moderation/case/"
        other = report(charlie, "user", bob).case
        case_assign(actor=nora, case_id=other.pk)

        def shown(**asked):
            page = browser.get(queue, asked).text
            return {one for one in (case, other) if str(one.pk) in page}

        assert shown() == {case, other}
        assert shown(queue="mine") == {other}
        assert shown(queue="free") == {case}
        case_decide(actor=nora, case_id=other.pk, action="dismiss", category="spam", reason="Nothing there.")
        assert shown() == {case}
        assert shown(queue="all") == {case, other}
        assert shown(state__exact="closed") == {other}
        assert shown(age="1") == set()
        Case.objects.filter(pk=case.pk).update(created_at=timezone.now() - timedelta(days=2))
        assert shown(age="1") == {case}

    def test_a_page_has_everything_and_leads_to_a_decision(self, case, bob, charlie, nora, omar, browser_of):
        browser, page = browser_of(nora), f"/admin/moderation/case/{case.pk}/change/"
        shown = browser.get(page).text
        for part in ("buy my coins", "charlie", "bob", "Take it", "Suspend the account", "Stop the stream"):
            assert part in shown, part
        browser.post(page, {"claim": "1"})
        case.refresh_from_db()
        assert (case.assigned_to, case.state) == (nora, CaseState.ASSIGNED)
        said = {"decide": "1", "action": "take_down", "category": "spam", "reason": "It is an advert."}
        refused = browser_of(omar).post(page, said, follow=True)
        assert "Somebody else is at this case" in refused.text
        browser.post(page, {"release": "1"})
        short = browser.post(page, {**said, "reason": "x"})
        assert short.status_code == 200
        assert not Decision.objects.exists()
        done = browser.post(page, said, follow=True).text
        assert "Everybody concerned is told" in done
        assert "Strike until" in done
        assert Decision.objects.get().by_id == nora.party_id
        assert 'name="decide"' not in done

    def test_who_may_not_suspend_is_not_offered_it(self, case, staff_of, make_user, browser_of):
        page = f"/admin/moderation/case/{case.pk}/change/"
        shown = browser_of(staff_of("plain")).get(page).text
        assert "Take it down" in shown
        assert "Suspend the account" not in shown
        assert browser_of(make_user("fred", is_staff=True)).get(page).status_code == 403

    def test_pictures_are_for_staff(self, bob, charlie, nora, browser_of, client):
        avatar_set(user=bob, image=picture())
        case = report(charlie, "user", bob).case
        address = reverse("admin:moderation_case_picture", args=[case.pk, "avatar", "large"])
        assert address in browser_of(nora).get(f"/admin/moderation/case/{case.pk}/change/").text
        shown = browser_of(nora).get(address)
        assert shown["Content-Type"] == "image/webp"
        shown.close()
        assert browser_of(bob).get(address).status_code == 302
        assert browser_of(nora).get(address.replace("large", "..")).status_code == 404

    def test_appeals_in_the_admin(self, warned, bob, nora, omar, browser_of):
        browser_of(bob).post(f"/account/notices/{warned.pk}", {"text": TEXT})
        appeal = Appeal.objects.get()
        said = {
            "action": "grant",
            "_selected_action": [str(appeal.pk)],
            "confirmed": "1",
            "reason": "A quotation.",
        }
        assert (
            "You decided first" in browser_of(nora).post("/admin/moderation/appeal/", said, follow=True).text
        )
        browser_of(omar).post("/admin/moderation/appeal/", said)
        appeal.refresh_from_db()
        assert appeal.state == "granted"
        assert TEXT in browser_of(omar).get(f"/admin/moderation/appeal/{appeal.pk}/change/").text

    def test_every_list_opens(self, warned, admin, browser_of):
        browser = browser_of(admin)
        for name in ("case", "decision", "statement", "strike", "golivehold", "appeal"):
            assert browser.get(f"/admin/moderation/{name}/").status_code == 200
        decision = Decision.objects.get()
        assert browser.get(f"/admin/moderation/decision/{decision.pk}/change/").status_code == 200
        assert browser.get(f"/admin/moderation/statement/{warned.pk}/change/").status_code == 200
        cache.clear()
