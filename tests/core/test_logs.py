import logging

import pytest

from core.logs import SecretsFilter, without_secrets

STREAM = "0192d3a0-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (f"GET /ws/streams/{STREAM}/?pass=abc.def HTTP/1.1", f"GET /ws/streams/{STREAM}/?pass=*** HTTP/1.1"),
        (f"/hls/{STREAM}/secret/master.m3u8", f"/hls/{STREAM}/***/master.m3u8"),
        (f"/seg/{STREAM}/key/1/source/0.m4s", f"/seg/{STREAM}/***/1/source/0.m4s"),
        ("/live?page=2&cursor=abc", "/live?page=2&cursor=abc"),
    ],
)
def test_passes_in_addresses_are_blanked_and_nothing_else(line, kept):
    assert without_secrets(line) == kept


def test_the_filter_also_sees_arguments():
    record = logging.LogRecord("x", logging.INFO, "", 0, "GET %s", ("/ws/?pass=secret",), None)
    SecretsFilter().filter(record)
    assert record.getMessage() == "GET /ws/?pass=***"
