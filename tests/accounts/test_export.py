"""Everything about me, as files, for me."""

import json
import re
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from accounts.blocks import block_create
from accounts.erasure import account_erase
from accounts.errors import ExportAskedLately
from accounts.exports import export_ask, export_build, export_file, exports_sweep
from accounts.models import DataExport
from accounts.services import avatar_set, follow_create
from chat.services import message_send
from core.models import AuditEvent
from tests.conftest import viewer_of
from tests.streams.test_thumbnail import picture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _private(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path


@pytest.fixture
def exported(alice, bob, charlie, live_stream):
    """alice's export, built."""
    avatar_set(user=alice, image=picture())
    follow_create(follower=alice, creator=bob)
    block_create(blocker=alice, blocked=charlie)
    for user in (alice, bob):
        message_send(
            viewer=viewer_of(user), stream_id=live_stream.pk, client_id="1", text=f"from {user.username}"
        )
    export = export_ask(user=alice)
    export_build(export_id=export.pk)
    export.refresh_from_db()
    return export


def test_all_about_me_and_nothing_of_others(exported, alice):
    with zipfile.ZipFile(export_file(exported)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert {"picture/small.webp", "picture/medium.webp", "picture/large.webp"} <= files.keys()
    read = {name: json.loads(content) for name, content in files.items() if name.endswith(".json")}
    assert read["profile.json"]["email_addresses"][0]["email"] == "alice@example.com"
    assert [card["username"] for card in read["following.json"]] == ["bob"]
    assert [card["username"] for card in read["blocked.json"]] == ["charlie"]
    assert [message["text"] for message in read["messages.json"]] == ["from alice"]
    assert [stream["title"] for stream in read["streams.json"]] == ["Cello in the rain"]
    assert set(read) >= {"sign_ins.json", "watched.json"}
    everything = b"".join(files.values())
    assert b"bob@example.com" not in everything
    assert alice.password.encode() not in everything


def test_the_mailed_link_works_for_its_owner_for_a_week(exported, client, browser_of, alice, bob):
    (message,) = mail.outbox
    assert message.to == ["alice@example.com"]
    found = re.search(r"https?://[^/]+(/settings/data/\S+)", str(message.body))
    assert found
    link = found[1]
    answer = browser_of(alice).get(link)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert b"".join(answer.streaming_content)[:2] == b"PK"
    assert browser_of(bob).get(link).status_code == 404
    assert client.get(link)["Location"].startswith("/accounts/login/")
    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1), tick=False):
        exports_sweep()
        assert browser_of(alice).get(link).status_code == 404
    assert not DataExport.objects.exists()
    assert not export_file(exported).exists()


def test_one_at_a_time_and_one_a_day(api_of, api, alice, bob):
    assert api.post("/api/me/export").status_code == 401
    client = api_of(alice)
    assert client.post("/api/me/export").status_code == 202
    refused = client.post("/api/me/export")
    assert (refused.status_code, refused.json()["code"]) == (409, "export_asked_lately")
    assert api_of(bob).post("/api/me/export").status_code == 202
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)), pytest.raises(ExportAskedLately):
        export_ask(user=alice)  # the first is still not built
    export_build(export_id=DataExport.objects.get(user=alice).pk)
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        export_ask(user=alice)
    assert AuditEvent.objects.filter(action="user.export_asked").count() == 3


def test_two_builders_write_one_file_and_one_mail(alice):
    export = export_ask(user=alice)
    for _ in range(2):
        export_build(export_id=export.pk)
    assert len(mail.outbox) == 1


def test_what_died_with_its_worker_is_built_after_all(alice):
    export = export_ask(user=alice)
    DataExport.objects.update(claimed_at=timezone.now())
    export_build(export_id=export.pk)
    assert not export_file(export).exists(), "somebody is at it"
    DataExport.objects.update(claimed_at=timezone.now() - timedelta(minutes=11))
    export_build(export_id=export.pk)
    assert export_file(export).exists()


def test_erasure_takes_the_files_along(exported, alice):
    file = export_file(exported)
    assert file.exists()
    account_erase(user=alice)
    assert not file.exists()
    export_build(export_id=exported.pk)
    assert not file.exists()


def test_the_page_asks_once(browser_of, alice):
    client = browser_of(alice)
    assert "mail you a link" in client.post("/settings/data", follow=True).content.decode()
    assert "One a day is enough" in client.post("/settings/data", follow=True).content.decode()
