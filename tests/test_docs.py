"""The documentation names what there is: settings, error codes, the doors of the API."""

import re
from pathlib import Path

from django.urls import get_resolver

from core.errors import DomainError

ROOT = Path(__file__).parents[1]


def every_subclass(error: type[DomainError]) -> set[type[DomainError]]:
    return {error}.union(*(every_subclass(child) for child in error.__subclasses__()))


def test_every_setting_an_operator_may_set_is_documented():
    code = "".join(path.read_text() for path in (ROOT / "config").rglob("*.py"))
    names = set(re.findall(r'env\.(?:text|flag|number|words)\(\s*"([A-Z_]+)"', code))
    assert {"DATABASE_URL", "BUSK_STREAMS_PER_CREATOR"} <= names, "the test finds settings at all"
    documented = (ROOT / "docs" / "operations.md").read_text()
    assert {name for name in names if f"`{name}`" not in documented} == set()


def test_every_error_code_is_documented():
    codes = {error.code for error in every_subclass(DomainError)} - {DomainError.code}
    documented = (ROOT / "docs" / "api.md").read_text()
    assert {code for code in codes if f"`{code}`" not in documented} == set()


def test_every_route_of_the_api_is_documented():
    documented = (ROOT / "docs" / "api.md").read_text()
    routes = set()

    def walk(patterns, prefix):
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                walk(pattern.url_patterns, path)
            elif path.startswith("api/"):
                routes.add("/" + re.sub(r"<[a-z]+:([a-z_]+)>", r"{\1}", path))

    walk(get_resolver().url_patterns, "")
    routes = {route.replace("{stream_id}", "{id}").replace("{user_id}", "{id}") for route in routes}
    assert "/api/streams/live" in routes, "the test finds routes at all"
    assert {
        route for route in routes if f"`{route}`" not in documented and f" {route}`" not in documented
    } == set()
