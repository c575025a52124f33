"""deploy/ fits together: versions are pinned, secrets come from the environment, names and ports of the files agree."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.embedded.postgres import CHECKOUT
from tests.deploy.nginx import TEMPLATES, names_in

DEPLOY = CHECKOUT / "deploy"
COMPOSE_TEXT = (DEPLOY / "compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {"migrate", "web", "worker", "beat"}
# As the deployment was measured with; a newer one may behave otherwise.
MEASURED = {
    "livekit": "livekit/livekit-server:v1.11.0",
    "ingress": "livekit/ingress:v1.4.3",
    "egress": "livekit/egress:v1.9.1",
}


def of(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / name).read_text())
    return loaded


LIVEKIT, INGRESS, EGRESS = (of(f"livekit/{name}.yaml") for name in ("livekit", "ingress", "egress"))


def environment(service: str) -> dict[str, str]:
    return {name: str(value) for name, value in SERVICES[service]["environment"].items()}


def published(service: str) -> set[str]:
    """Ports within the container that the internet reaches."""
    return {str(port).partition("/")[0].rpartition(":")[2] for port in SERVICES[service].get("ports", [])}


def networks(service: str) -> set[str]:
    return set(SERVICES[service]["networks"])


def test_every_image_is_pinned_to_a_version() -> None:
    for name in SERVICES.keys() - OURS:
        image = SERVICES[name]["image"]
        assert re.search(r":v?\d+\.\d+(?:\.\d+)?(?:-\w+)?$", image), image
    assert {name: SERVICES[name]["image"] for name in MEASURED} == MEASURED


def test_every_variable_is_in_the_example_and_nothing_else() -> None:
    used = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", COMPOSE_TEXT))
    offered = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / ".env.example").read_text(), re.MULTILINE))
    assert used == offered


@pytest.mark.parametrize(
    "path", [path for path in sorted(DEPLOY.rglob("*")) if path.is_file()], ids=lambda path: path.name
)
def test_no_secret_stands_in_a_file(path: Path) -> None:
    text = path.read_text()
    named = re.findall(
        r"^\s*-?\s*[\"']?(\w*(?:PASSWORD|SECRET|TOKEN|API_KEY|KEYS?|password|secret|api_key|keys?))[\"']?\s*[:=]"
        r"[ \t]*(\S.*)?$",
        text,
        re.MULTILINE,
    )
    for name, value in named:
        assert not value or value.startswith(("${", '"${')), f"{name} in {path.name}"
    assert "BEGIN" not in text
    assert re.search(r"\b[0-9a-f]{32,}\b|live_[\w-]{20,}", text) is None


def test_every_secret_is_asked_for_and_none_has_a_default() -> None:
    for name in (
        "SECRET_KEY",
        "POSTGRES_PASSWORD",
        "LIVEKIT_API_KEY",
        "LIVEKIT_API_SECRET",
        "BUSK_METRICS_TOKEN",
    ):
        assert set(re.findall(rf"\$\{{{name}([^}}]*)\}}", COMPOSE_TEXT)) == {":?"}


def test_rooms_are_made_by_busk_only() -> None:
    assert LIVEKIT["room"]["auto_create"] is False
    assert LIVEKIT["room"]["enable_remote_unmute"] is False


def test_only_pictures_of_livekit_are_on_the_internet() -> None:
    rtc, turn = LIVEKIT["rtc"], LIVEKIT["turn"]
    wanted = {rtc["udp_port"], str(rtc["tcp_port"]), str(turn["tls_port"]), str(turn["udp_port"])}
    assert published("livekit") == wanted
    assert str(LIVEKIT["port"]) not in published("livekit")
    assert {name for name in SERVICES if published(name)} == {"nginx", "livekit", "ingress"}
    assert published("nginx") == {"80", "443"}
    assert published("ingress") == {str(INGRESS["rtmp_port"])}


def test_databases_are_on_the_inner_network_only() -> None:
    assert COMPOSE["networks"]["inner"] == {"internal": True}
    assert networks("postgres") == networks("redis") == {"inner"}


def test_everybody_meets_at_the_same_places() -> None:
    web, proxy = environment("web"), environment("nginx")
    assert web["LIVEKIT_URL"] == f"http://livekit:{LIVEKIT['port']}"
    assert proxy["BUSK_PROXY_LIVEKIT"] == f"livekit:{LIVEKIT['port']}"
    assert {environment(name)["LIVEKIT_WS_URL"] for name in ("ingress", "egress")} == {
        f"ws://livekit:{LIVEKIT['port']}"
    }
    assert proxy["BUSK_PROXY_WEB"] in {f"web:{port}" for port in re.findall(r"--port (\d+)", COMPOSE_TEXT)}
    (redis_port,) = re.findall(r"^port (\d+)$", (DEPLOY / "redis" / "redis.conf").read_text(), re.MULTILINE)
    redis = f"redis:{redis_port}"
    assert {config["redis"]["address"] for config in (LIVEKIT, INGRESS, EGRESS)} == {redis}
    assert len({config["redis"]["db"] for config in (LIVEKIT, INGRESS, EGRESS)}) == 1
    assert web["REDIS_URL"] == f"redis://{redis}/0", "another database than LiveKit's"
    assert LIVEKIT["redis"]["db"] != 0
    assert "@postgres/" in web["DATABASE_URL"]
    for service in SERVICES.values():
        for dependency in service.get("depends_on", {}):
            assert dependency in SERVICES


def test_the_door_is_where_browsers_are_sent() -> None:
    web = environment("web")
    assert web["LIVEKIT_PUBLIC_URL"].removeprefix("wss") == web["BUSK_PUBLIC_URL"].removeprefix("https")
    assert web["BUSK_TRUSTED_PROXIES"] == "1"


def test_webhooks_come_by_the_proxys_inner_door() -> None:
    inner = environment("nginx")["BUSK_PROXY_INTERNAL_LISTEN"]
    assert LIVEKIT["webhook"]["urls"] == [f"http://nginx:{inner}/webhooks/livekit"]
    assert "location = /webhooks/livekit {" in (TEMPLATES / "busk.conf.template").read_text()
    assert inner not in published("nginx")
    assert "inner" in networks("nginx") & networks("livekit")


def test_ingress_is_told_where_encoders_find_it() -> None:
    base = environment("livekit")["LIVEKIT_INGRESS_RTMP_BASE_URL"]
    assert base.endswith(f":{INGRESS['rtmp_port']}/live")


def test_egress_finds_who_makes_hls_of_it() -> None:
    web = environment("web")
    assert web["BUSK_BRIDGE_URL"] == f"rtmp://web:{web['BUSK_BRIDGE_LISTEN'].rpartition(':')[2]}"
    assert web["BUSK_BRIDGE_LISTEN"].startswith("0.0.0.0:")
    assert "inner" in networks("web") & networks("egress")


def test_every_name_in_the_proxys_templates_is_given() -> None:
    wanted = {name for path in TEMPLATES.glob("*.template") for name in names_in(path.read_text())}
    given = environment("nginx")
    assert wanted == {name for name in given if name.startswith("BUSK_PROXY_")}
    assert re.match(given["NGINX_ENVSUBST_FILTER"], "BUSK_PROXY_WEB")


def test_what_is_mounted_is_there() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            if source.startswith("./") and source != "./certificates":  # which everybody brings along
                assert (DEPLOY / source).exists(), source
            elif not source.startswith("."):
                assert source in COMPOSE["volumes"]


def test_what_can_do_without_root_does() -> None:
    """nginx opens ports below 1024 and its workers give up root; ingress and egress run as their images have it."""
    for name, service in SERVICES.items():
        assert service.get("privileged") is None
        assert service.get("network_mode") is None
        if name not in {"nginx", "ingress", "egress"} | OURS:
            assert service["user"].partition(":")[0] not in {"", "0", "root"}
    assert re.search(r"^USER busk$", (CHECKOUT / "Dockerfile").read_text(), re.MULTILINE)


def test_everything_comes_back_and_has_a_limit() -> None:
    for name in SERVICES.keys() - {"migrate"}:
        assert SERVICES[name]["restart"] == "unless-stopped"
        assert SERVICES[name]["deploy"]["resources"]["limits"]["memory"]
    for name in ("nginx", "postgres", "redis"):
        assert SERVICES[name]["healthcheck"]["test"]
    assert "HEALTHCHECK" in (CHECKOUT / "Dockerfile").read_text()
