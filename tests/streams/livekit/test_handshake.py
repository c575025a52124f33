"""Handshakes are read as LiveKit reads them, and refused where somebody could read them otherwise."""

import base64
import gzip
from typing import Any

import pytest
from livekit.protocol.rtc import JoinRequest, WrappedJoinRequest

from streams.media.livekit.handshake import MOST_JOIN_REQUEST_BYTES, Kind, Malformed, handshake_read

TOKEN, OTHER = "aaa.bbb.ccc", "ddd.eee.fff"


def join_request(
    *, zipped: bool = True, compression: Any = None, data: bytes | None = None, **fields: Any
) -> str:
    """As livekit-client writes it into the address."""
    if data is None:
        data = JoinRequest(connection_settings={"auto_subscribe": True}, **fields).SerializeToString()
    chosen = WrappedJoinRequest.GZIP if zipped else WrappedJoinRequest.NONE
    wrapped = WrappedJoinRequest(
        compression=chosen if compression is None else compression,
        join_request=gzip.compress(data) if zipped else data,
    )
    return base64.urlsafe_b64encode(wrapped.SerializeToString()).decode().replace("=", "%3D")


def read(uri: str, *, method: str = "GET", authorization: str = ""):
    return handshake_read(method=method, uri=uri, authorization=authorization)


def refused(uri: str, *, method: str = "GET", authorization: str = "") -> bool:
    try:
        read(uri, method=method, authorization=authorization)
    except Malformed:
        return True
    return False


@pytest.mark.parametrize("zipped", [True, False])
def test_a_new_client_joins(zipped):
    found = read(f"/rtc/v1?access_token={TOKEN}&join_request={join_request(zipped=zipped)}")
    assert (found.kind, found.token, found.sid, found.dry) == (Kind.JOIN, TOKEN, "", False)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("path", ["/rtc/v1", "/rtc"])
def test_a_new_client_resumes(path, zipped):
    """LiveKit reads a join request at the old path too."""
    request = join_request(zipped=zipped, reconnect=True, participant_sid="PA_abc")
    found = read(f"{path}?access_token={TOKEN}&join_request={request}")
    assert (found.kind, found.sid) == (Kind.RESUME, "PA_abc")


@pytest.mark.parametrize("value", ["1", "true"])
def test_an_older_client_resumes(value):
    found = read(f"/rtc?access_token={TOKEN}&reconnect={value}&sid=PA_abc&auto_subscribe=1&sdk=js")
    assert (found.kind, found.sid) == (Kind.RESUME, "PA_abc")


@pytest.mark.parametrize("reconnect", ["", "&reconnect=0", "&reconnect=false", "&reconnect="])
def test_an_older_client_joins(reconnect):
    found = read(
        f"/rtc?access_token={TOKEN}{reconnect}&os_version=10.15.7&browser=Mobile+Safari&device_model=a%20b"
    )
    assert (found.kind, found.token) == (Kind.JOIN, TOKEN)


@pytest.mark.parametrize("path", ["/rtc/validate", "/rtc/v1/validate"])
def test_a_question_is_only_that(path):
    found = read(f"{path}?access_token={TOKEN}&join_request={join_request()}")
    assert found.dry
    assert found.kind == Kind.JOIN


def test_the_header_names_the_token_too():
    assert read("/rtc?reconnect=0", authorization=f"Bearer {TOKEN}").token == TOKEN
    assert read(f"/rtc?access_token={TOKEN}", authorization=f"Bearer {TOKEN}").token == TOKEN


def test_two_different_tokens_are_one_too_many():
    """LiveKit would take the header's; a proxy on the way might drop it."""
    assert refused(f"/rtc?access_token={OTHER}", authorization=f"Bearer {TOKEN}")


@pytest.mark.parametrize(
    "authorization", ["bearer aaa.bbb.ccc", "Basic eA==", "Bearer", "Bearer a b", "Bearer x"]
)
def test_other_headers_are_refused(authorization):
    assert refused("/rtc?", authorization=authorization)


@pytest.mark.parametrize(
    "query",
    [
        f"access_token={TOKEN}&access_token={OTHER}",
        f"access_token={TOKEN}&access_token={TOKEN}",
        f"access_token={TOKEN}&reconnect=1&reconnect=0",
        f"access_token={TOKEN}&sid=PA_a&sid=PA_b&reconnect=1",
        f"access_token={TOKEN};reconnect=1",
        f"access_token={TOKEN}&recon%6eect=1",
        f"access_token={TOKEN}&reconnect=%zz",
        f"access_token={TOKEN}&reconnect=1%",
        f"access_token={TOKEN}&reconnect=TRUE",
        f"access_token={TOKEN}&reconnect=yes",
        f"access_token={TOKEN}&reconnect=1&sid=PA_%00",
        f"access_token={TOKEN}&sdk=%ff",
        f"access_token={TOKEN}&reconnect",
        f"access_token={TOKEN}&&reconnect=1",
        f"access_token={TOKEN}#reconnect=1",
        f"access_token={TOKEN}&publish=screen",
        f"access_token={TOKEN}\n",
        "access_token=a b",
        "access_token=%20aaa.bbb.ccc",
        "access_token=x",
    ],
)
def test_what_parsers_disagree_about_is_refused(query):
    assert refused(f"/rtc?{query}")


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/",
        "//rtc",
        "/rtc/",
        "/%72tc",
        "/rtc/../rtc",
        "/rtc/v2",
        "/rtc/v1/validate/",
        "/rtc\n",
        "/twirp/livekit.RoomService/ListRooms",
        "/agent",
        "/whip/v1/",
        "/whip/v1/a/b",
        "http://busk/rtc",
    ],
)
def test_other_paths_are_refused(uri):
    assert refused(f"{uri}?access_token={TOKEN}")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "HEAD", "OPTIONS", "DELETE", "get", ""])
def test_parameters_in_a_body_are_not_asked_for(method):
    assert refused(f"/rtc?access_token={TOKEN}", method=method)
    assert refused(f"/rtc/validate?access_token={TOKEN}", method=method)


def test_the_new_path_needs_its_join_request():
    assert refused(f"/rtc/v1?access_token={TOKEN}")
    assert refused(f"/rtc/v1?access_token={TOKEN}&join_request=")


@pytest.mark.parametrize(
    "request_text",
    [
        "%21%21",
        "e30",
        join_request(compression=7),
        join_request(zipped=False, data=b"\xff\xff"),
        join_request(zipped=False, compression=WrappedJoinRequest.GZIP),
        join_request(zipped=False, compression=WrappedJoinRequest.GZIP, data=b""),
        join_request()[:-12],
        join_request(reconnect=True, participant_sid="PA a"),
    ],
    # Named here, since what is packed with gzip has the time in it.
    ids=["escape", "base64", "packing", "bytes", "not_packed", "nothing", "cut", "sid"],
)
def test_broken_join_requests_are_refused(request_text):
    assert refused(f"/rtc/v1?access_token={TOKEN}&join_request={request_text}")


def test_what_is_too_long_is_not_read_in_part():
    """Cut off where a field ends it would still be a request, and another one."""
    head = JoinRequest(metadata="x" * (MOST_JOIN_REQUEST_BYTES - 3)).SerializeToString()
    assert len(head) == MOST_JOIN_REQUEST_BYTES + 1
    data = head + JoinRequest(reconnect=True).SerializeToString()
    assert refused(f"/rtc/v1?access_token={TOKEN}&join_request={join_request(data=data)}")


@pytest.mark.parametrize("beside", ["reconnect=1", "reconnect=0", "sid=PA_abc"])
def test_a_join_request_stands_alone(beside):
    assert refused(f"/rtc?access_token={TOKEN}&join_request={join_request()}&{beside}")


def test_whip_joins_resumes_and_leaves():
    bearer = f"Bearer {TOKEN}"
    joined = read("/whip/v1", method="POST", authorization=bearer)
    assert (joined.kind, joined.token, joined.publishes) == (Kind.JOIN, TOKEN, True)
    for method in ("PATCH", "DELETE"):
        again = read("/whip/v1/PA_abc", method=method, authorization=bearer)
        assert (again.kind, again.token, again.sid) == (Kind.RESUME, TOKEN, "PA_abc")
    assert read("/whip/v1", method="OPTIONS").kind == Kind.PREFLIGHT


@pytest.mark.parametrize(
    ("method", "uri"),
    [
        ("POST", f"/whip/v1?access_token={TOKEN}"),
        ("POST", "/whip/v1?"),
        ("POST", "/whip/v1/PA_abc"),
        ("DELETE", "/whip/v1"),
        ("GET", "/whip/v1"),
        ("GET", "/whip/v1/PA_abc"),
        ("PUT", "/whip/v1"),
    ],
)
def test_other_whip_requests_are_refused(method, uri):
    assert refused(uri, method=method, authorization=f"Bearer {TOKEN}")
