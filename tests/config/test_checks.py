"""Half a configuration is refused at the start, with advice."""

import pytest
from django.core.checks import CheckMessage
from django.test import override_settings

from config import checks

VARIABLES = [
    *checks.LIVEKIT,
    *checks.STRIPE,
    "SECRET_KEY",
    "EMAIL_HOST",
    "EMAIL_URL",
    "REDIS_URL",
    "WEB_CONCURRENCY",
    "PROMETHEUS_MULTIPROC_DIR",
]


@pytest.fixture(autouse=True)
def _nothing_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*VARIABLES, "BUSK_HOSTS"]:
        monkeypatch.delenv(name, raising=False)


def ids(messages: list[CheckMessage]) -> list[str | None]:
    assert all(message.hint for message in messages)
    return [message.id for message in messages]


def test_nothing_configured_is_fine() -> None:
    with override_settings(DEBUG=True):
        assert ids(checks.whole_integrations()) == []
        assert ids(checks.production_is_safe()) == []
        assert ids(checks.several_processes_share()) == []
        assert ids(checks.operations_are_whole()) == []


@pytest.mark.parametrize(("names", "expected"), [(checks.LIVEKIT, "busk.E001"), (checks.STRIPE, "busk.E002")])
def test_an_integration_is_whole_or_absent(
    names: tuple[str, ...], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in names[:-1]:
        monkeypatch.setenv(name, "given")
        found = checks.whole_integrations()
        assert ids(found) == [expected]
        assert names[-1] in found[0].msg
    monkeypatch.setenv(names[-1], "given")
    assert ids(checks.whole_integrations()) == []


@override_settings(DEBUG=False, ALLOWED_HOSTS=["busk.example"])
def test_production_needs_a_key_and_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ids(checks.production_is_safe()) == ["busk.E003", "busk.E005"]
    monkeypatch.setenv("SECRET_KEY", "short")
    assert "busk.E003" in ids(checks.production_is_safe())
    monkeypatch.setenv("SECRET_KEY", "k" * 50)
    monkeypatch.setenv("EMAIL_URL", "off")
    assert ids(checks.production_is_safe()) == []


@pytest.mark.parametrize("hosts", [[], ["*"]])
def test_production_names_its_hosts(hosts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "k" * 50)
    monkeypatch.setenv("EMAIL_HOST", "mail.example")
    with override_settings(DEBUG=False, ALLOWED_HOSTS=hosts):
        assert ids(checks.production_is_safe()) == ["busk.E004"]


def test_renditions_must_exist() -> None:
    assert ids(checks.renditions_exist()) == []
    with override_settings(RELAY_RENDITIONS=["source", "999"]):
        assert ids(checks.renditions_exist()) == ["busk.E012"]


def test_several_processes_need_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "2")
    assert ids(checks.several_processes_share()) == ["busk.E006"]
    monkeypatch.setenv("REDIS_URL", "redis://localhost")
    assert ids(checks.several_processes_share()) == []


def test_one_process_in_production_without_redis_is_warned_about(monkeypatch: pytest.MonkeyPatch) -> None:
    with override_settings(DEBUG=False):
        assert ids(checks.several_processes_share()) == ["busk.W001"]


@override_settings(DEBUG=True)
def test_several_hosts_need_livekit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUSK_HOSTS", "2")
    assert "busk.E007" in ids(checks.several_processes_share())
    monkeypatch.setenv("LIVEKIT_URL", "wss://livekit.example")
    assert ids(checks.several_processes_share()) == []


@pytest.mark.django_db
def test_pools_must_fit_into_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ids(checks.pools_fit(databases=["default"])) == []
    monkeypatch.setenv("WEB_CONCURRENCY", "12")
    assert ids(checks.pools_fit(databases=["default"])) == ["busk.E008"]
    assert ids(checks.pools_fit(databases=None)) == []


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("LOG_FORMAT", "xml", ["busk.E009"]),
        ("LOG_FORMAT", "json", []),
        ("METRICS_TOKEN", "a" * 15, ["busk.E010"]),
        ("METRICS_TOKEN", "a" * 16, []),
        ("SENTRY_DSN", "sentry.example", ["busk.E011"]),
        ("SENTRY_DSN", "https://public@sentry.example/1", []),
    ],
)
def test_half_configured_operations_are_refused(setting: str, value: str, expected: list[str]) -> None:
    with override_settings(**{setting: value}):
        assert ids(checks.operations_are_whole()) == expected


def test_metrics_of_several_processes_need_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "2")
    assert ids(checks.operations_are_whole()) == ["busk.W002"]
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "/tmp/metrics")
    assert ids(checks.operations_are_whole()) == []


@override_settings(DEBUG=False, PUBLIC_URL="https://busk.example", LIVEKIT_URL="http://livekit:7880")
def test_production_has_a_door_before_its_rooms() -> None:
    for past_the_door in ("ws://livekit:7880", "wss://rtc.busk.example", "ws://busk.example"):
        with override_settings(LIVEKIT_PUBLIC_URL=past_the_door):
            assert ids(checks.rooms_have_a_door()) == ["busk.W003"]
    with override_settings(LIVEKIT_PUBLIC_URL="wss://busk.example"):
        assert ids(checks.rooms_have_a_door()) == []
    with override_settings(LIVEKIT_PUBLIC_URL="ws://livekit:7880", DEBUG=True):
        assert ids(checks.rooms_have_a_door()) == []
    with override_settings(LIVEKIT_URL="", LIVEKIT_PUBLIC_URL=""):
        assert ids(checks.rooms_have_a_door()) == []


def test_the_terms_of_money_must_be_readable_and_leave_creators_something() -> None:
    assert ids(checks.money_terms_are_whole()) == []
    for words in (["usd"], ["usd:100:29"], ["usd:0:29:30"], ["USD:100:29:30"], ["usd:1.5:29:30"], []):
        with override_settings(CURRENCIES=words):
            assert ids(checks.money_terms_are_whole()) == ["busk.E013"]
    with override_settings(GIFT_FEE_PERCENT=101):
        assert ids(checks.money_terms_are_whole()) == ["busk.E013"]
    # Of 32 cents 2 go to the platform and 31 to the provider; of 33 nothing remains, and nothing is missing.
    with override_settings(TIP_LEAST=32, TICKET_LEAST=33):
        assert ids(checks.money_terms_are_whole()) == ["busk.E014"]


def test_packs_on_sale_must_pay_creators(db: None) -> None:
    from payments.models import CoinPack, CoinPackPrice

    pack = CoinPack.objects.create(coins=100)
    CoinPackPrice.objects.create(pack=pack, currency="usd", price=134)
    assert ids(checks.packs_pay_creators(databases=["default"])) == []
    with override_settings(CURRENCIES=["usd:101:29:30"]):
        assert ids(checks.packs_pay_creators(databases=["default"])) == ["busk.E015"]
        CoinPack.objects.update(on_sale=False)
        assert ids(checks.packs_pay_creators(databases=["default"])) == []


SOLD = {"PAYMENTS": "stripe", "STRIPE_SECRET_KEY": "sk_live_1", "STRIPE_API_URL": "https://api.stripe.com"}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        ({"PAYMENTS": "off"}, []),
        ({"PAYMENTS": "sandbox"}, ["busk.E018"]),
        ({"STRIPE_API_URL": "http://127.0.0.1:12111"}, ["busk.E019"]),
        ({"STRIPE_SECRET_KEY": ""}, ["busk.E020"]),
        ({"SELLER_ADDRESS": ""}, ["busk.W005"]),
        ({"DEBUG": True, "PAYMENTS": "sandbox"}, []),
    ],
)
def test_where_people_pay_it_is_at_stripe(changed, expected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUSK_SELLER_NAME", "Busk Ltd")
    with override_settings(**{"DEBUG": False, "SELLER_ADDRESS": "1 Street, Town", **SOLD, **changed}):
        assert ids(checks.payments_are_real()) == expected


def test_receipts_name_who_sells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BUSK_SELLER_NAME", raising=False)
    with override_settings(DEBUG=False, SELLER_ADDRESS="1 Street, Town", **SOLD):
        assert ids(checks.payments_are_real()) == ["busk.W005"]
