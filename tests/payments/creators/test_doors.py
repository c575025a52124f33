"""The page, the API and the file: for the creator alone, and as many queries however much was earned."""

import asyncio
import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.spreadsheets import cell
from payments.creators import export
from payments.creators.export import HEADER
from payments.creators.figures import today
from payments.earnings import sale_book
from payments.ledger.folding import fold
from payments.models import Earning, EarningSource
from streams.models import Stream
from streams.services import stream_create

pytestmark = pytest.mark.django_db


def tip(stream: Stream, gross: int = 1000, order: str = "") -> None:
    order = order or f"tip-{Earning.objects.count()}"
    sale_book(
        source=EarningSource.TIP,
        creator_id=stream.party_id,
        stream_id=stream.pk,
        gross=gross,
        processing=gross * 29 // 1000 + 30,
        order_reference=order,
        charged_at=timezone.now(),
        key=order,
    )


def test_a_creator_reads_what_they_earned(api_of, alice, live_stream):
    tip(live_stream)
    fold()
    alices = api_of(alice)

    told = alices.get("/api/payments/earnings").json()

    assert (told["currency"], told["pending"], told["available"], told["owed"]) == ("usd", 891, 0, 0)
    assert told["total"]["gross"] == 1000
    assert told["releases"] == [{"on": None, "amount": 891}]
    days = alices.get(f"/api/payments/earnings/days?from={today()}&to={today()}").json()["days"]
    assert [(day["date"], day["source"], day["kept"]) for day in days] == [(str(today()), "tip", 891)]
    (of,) = alices.get("/api/payments/earnings/streams").json()["results"]
    assert (of["id"], of["title"], of["total"]["yours"]) == (str(live_stream.pk), live_stream.title, 891)
    assert alices.get(f"/api/streams/{live_stream.pk}/earnings").json() == {
        "stream_id": str(live_stream.pk), "currency": "usd", "pending": 891, "gifts": 0, "tips": 891, "tickets": 0,
        "coins": 0,
    }  # fmt: skip


def test_nobody_reads_what_another_one_earned(api, api_of, bob, live_stream):
    tip(live_stream)
    fold()
    bobs = api_of(bob)

    assert bobs.get(f"/api/streams/{live_stream.pk}/earnings").status_code == 404
    told = bobs.get("/api/payments/earnings").json()
    assert (told["pending"], told["sources"], told["releases"]) == (0, [], [])
    assert bobs.get("/api/payments/earnings/streams").json()["results"] == []
    for path in ("payments/earnings", "payments/earnings/streams", f"streams/{live_stream.pk}/earnings"):
        assert api.get(f"/api/{path}").status_code in {401, 403}


@pytest.mark.parametrize(
    "asked",
    ["", "from=2026-01-01", "from=2026-01-02&to=2026-01-01", "from=2026-01-01&to=2027-06-01", "from=x&to=y"],
)
def test_days_that_cannot_be_shown_are_refused(api_of, alice, asked):
    answer = api_of(alice).get(f"/api/payments/earnings/days?{asked}")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


def test_streams_come_in_pages(api_of, alice):
    streams = [stream_create(creator=alice, title=f"Number {n}")[0] for n in range(2)]
    for stream in streams:
        tip(stream)
    alices = api_of(alice)

    first = alices.get("/api/payments/earnings/streams?limit=1").json()
    second = alices.get(first["next"]).json()

    assert [of["title"] for of in (*first["results"], *second["results"])] == ["Number 1", "Number 0"]
    assert second["next"] is None


def test_the_page_costs_the_same_however_much_was_earned(browser_of, alice, live_stream):
    browser = browser_of(alice)

    def queries() -> int:
        fold()
        with CaptureQueriesContext(
            connection,
        ) as counted:
            assert browser.get("/earnings").status_code == 200
        return len(counted)

    tip(live_stream)
    queries()  # what the head of every page keeps for a while
    few = queries()
    for _ in range(30):
        tip(live_stream)
    assert queries() == few


def test_the_page_shows_what_went_off_a_tip(browser_of, alice, live_stream):
    tip(live_stream)
    fold()

    page = browser_of(alice).get("/earnings?days=7").content.decode()

    for shown in (
        "10.00 USD",
        "0.50 USD",
        "0.59 USD",
        "8.91 USD",
        live_stream.title,
        "After the stream has ended",
        '<th scope="row">Tip</th>',
    ):
        assert shown in page
    assert page.count("<rect") == 1


def test_the_page_of_whoever_earned_nothing_says_what_to_do(browser_of, bob):
    page = browser_of(bob).get("/earnings").content.decode()

    assert "Nothing earned yet" in page
    assert '<svg class="earned-chart"' not in page


def test_the_page_of_wrong_days_shows_others(browser_of, alice, live_stream):
    tip(live_stream)

    page = browser_of(alice).get("/earnings?from=2026-02-03&to=2020-01-01").content.decode()

    assert "These days cannot be shown." in page
    assert "8.91 USD" in page


def test_strangers_are_asked_to_sign_in(client):
    assert client.get("/earnings").status_code == 302
    assert client.get("/earnings/earnings.csv").status_code == 302


def file_of(browser: Client, asked: str) -> tuple[Any, str]:
    answer: Any = browser.get(f"/earnings/earnings.csv?{asked}")

    async def pieces() -> bytes:
        return b"".join([piece async for piece in answer.streaming_content])

    return answer, asyncio.run(pieces()).decode()


@pytest.mark.django_db(transaction=True)
def test_the_file_has_each_earning_once(browser_of, alice, bob, live_stream, monkeypatch):
    monkeypatch.setattr(export, "ROWS_AT_ONCE", 2)
    title = '=HYPERLINK("http://evil.example","Click, or not")'
    Stream.objects.filter(pk=live_stream.pk).update(title=title)
    for gross in (1000, 500, 100, 2000, 100_000):
        tip(live_stream, gross)

    answer, text = file_of(browser_of(alice), "days=7")

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert f"earnings-{today() - timedelta(days=6)}-{today()}.csv" in answer["Content-Disposition"]
    lines = text.split("\r\n")
    assert lines[-1] == ""
    assert "\n" not in "".join(lines)
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["paid"] for row in rows] == ["10.00", "5.00", "1.00", "20.00", "1000.00"]
    first = rows[0]
    assert (first["date"], first["source"], first["currency"]) == (str(today()), "tip", "USD")
    assert (first["yours"], first["yours_minor"], first["platform_fee"], first["on_hold"]) == (
        "8.91",
        "891",
        "0.50",
        "8.91",
    )
    assert first["stream_title"] == f"'{title}"

    _answer, nothing = file_of(browser_of(bob), "days=7")
    assert nothing == ",".join(HEADER) + "\r\n"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "  =1"])
def test_text_is_never_a_formula(text):
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "A stream", "1 + 1 = 2", "a@b"])
def test_other_text_stays_as_it_is(text):
    assert cell(text) == text
