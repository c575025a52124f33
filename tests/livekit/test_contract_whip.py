"""WHIP straight into the server: the stub and a real server alike."""

from typing import Any

import aiohttp

from tests.livekit.conftest import LiveKit
from tests.livekit.sockets import Socket

FINGERPRINT = ":".join(f"{byte:02X}" for byte in range(32))
SECTION = """m={kind} 9 UDP/TLS/RTP/SAVPF {payload}
c=IN IP4 0.0.0.0
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=fingerprint:sha-256 {fingerprint}
a=setup:actpass
a=mid:{mid}
a=sendonly
a=msid:s {kind}
a=rtcp-mux
a=rtpmap:{payload} {codec}
a=ssrc:100{mid} cname:c
"""
OFFER = "".join(
    [
        "v=0\no=- 4611731400430051336 2 IN IP4 127.0.0.1\ns=-\nt=0 0\na=group:BUNDLE 0 1\n",
        SECTION.format(kind="audio", payload=111, codec="opus/48000/2", mid=0, fingerprint=FINGERPRINT),
        SECTION.format(kind="video", payload=96, codec="VP8/90000", mid=1, fingerprint=FINGERPRINT),
    ]
).replace("\n", "\r\n")
FRAGMENT = (
    "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
)


async def ask(
    livekit: LiveKit, method: str, path: str, token: str | None = None, body: str = "", **headers: str
) -> tuple[int, Any, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        named["Authorization"] = f"Bearer {token}"
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, livekit.url + path, data=body.encode(), headers=named) as answer,
    ):
        return answer.status, answer.headers, await answer.text()


async def offer(livekit: LiveKit, token: str | None, body: str = OFFER) -> tuple[int, Any, str]:
    return await ask(livekit, "POST", "/whip/v1", token, body, Content_Type="application/sdp")


async def test_an_offer_is_answered(livekit: LiveKit) -> None:
    name = livekit.room()
    status, headers, answer = await offer(livekit, livekit.token("encoder", name))
    [there] = livekit.engine.list_participants([name])[name]
    assert status == 201
    assert headers["Location"] == f"/whip/v1/{there.sid}"
    assert headers["Content-Type"] == "application/sdp"
    assert f"a=ice-ufrag:{headers['ETag']}" in answer
    assert [line for line in answer.splitlines() if line.startswith("m=")] == [
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "m=video 9 UDP/TLS/RTP/SAVPF 96",
    ]
    assert there.identity == "encoder"


async def test_offers_that_are_refused(livekit: LiveKit) -> None:
    token = livekit.token("encoder", livekit.room())
    assert (await offer(livekit, None))[0] == 401
    assert (await offer(livekit, livekit.token("encoder", livekit.room(), room_join=False)))[0] == 401
    assert (await offer(livekit, livekit.token("late", livekit.room(), seconds=-90)))[0] == 401
    assert (await ask(livekit, "POST", "/whip/v1", token, OFFER, Content_Type="text/plain"))[0] == 400
    assert (await offer(livekit, token, ""))[0] == 400
    assert (await offer(livekit, token, "hello"))[0] == 400


async def test_other_ways_of_asking(livekit: LiveKit) -> None:
    assert (await ask(livekit, "GET", "/whip/v1"))[0] == 204
    status, headers, _ = await ask(livekit, "OPTIONS", "/whip/v1")
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, "*")


async def test_viewers_get_in_too(livekit: LiveKit) -> None:
    """It is not asked whether the token may publish; without the door this is a way in like `/rtc`."""
    name = livekit.room()
    status, _, _ = await offer(livekit, livekit.token("viewer", name, can_publish=False, hidden=True))
    assert status == 201
    assert [found.identity for found in livekit.engine.list_participants([name])[name]] == ["viewer"]


async def test_a_missing_room_is_made(livekit: LiveKit) -> None:
    """Whatever ``auto_create`` says: another reason for the door."""
    name = livekit.name()
    assert (await offer(livekit, livekit.token("encoder", name)))[0] == 201
    assert [room.name for room in livekit.engine.list_rooms([name])] == [name]


async def test_a_full_room(livekit: LiveKit) -> None:
    name = livekit.room(people=1)
    assert (await offer(livekit, livekit.token("one", name)))[0] == 201
    status, _, text = await offer(livekit, livekit.token("two", name))
    assert (status, "max participants" in text) == (503, True)


async def test_an_identity_is_there_once(livekit: LiveKit) -> None:
    name = livekit.room()
    token = livekit.token("encoder", name)
    _, first, _ = await offer(livekit, token)
    _, second, _ = await offer(livekit, token)
    assert first["Location"] != second["Location"]
    assert len(livekit.engine.list_participants([name])[name]) == 1


async def test_candidates_follow(livekit: LiveKit) -> None:
    token = livekit.token("encoder", livekit.room())
    _, headers, _ = await offer(livekit, token)
    path, kind = headers["Location"], "application/trickle-ice-sdpfrag"

    async def patch(**more: str) -> int:
        return (await ask(livekit, "PATCH", path, token, FRAGMENT, **more))[0]

    assert await patch(Content_Type=kind, If_Match=headers["ETag"]) == 204
    assert await patch(Content_Type=kind, If_Match="another") == 500
    assert await patch(Content_Type=kind) == 428
    assert await patch(Content_Type="text/plain", If_Match=headers["ETag"]) == 400


async def test_an_encoder_goes(livekit: LiveKit) -> None:
    name = livekit.room()
    token = livekit.token("encoder", name)
    _, headers, _ = await offer(livekit, token)
    stranger = livekit.token("stranger", name)
    assert (await ask(livekit, "DELETE", headers["Location"], stranger))[0] == 404
    assert (await ask(livekit, "DELETE", headers["Location"]))[0] == 401
    assert len(livekit.engine.list_participants([name])[name]) == 1
    assert (await ask(livekit, "DELETE", headers["Location"], token))[0] == 200
    await livekit.let_pass(1, lambda: livekit.engine.list_participants([name])[name] == [])


async def test_who_came_by_whip_can_end_anybody(livekit: LiveKit) -> None:
    """The address names whom to end, and the token only has to have a session: the door compares the two."""
    name = livekit.room()
    mine = livekit.token("encoder", name)
    await offer(livekit, mine)
    async with Socket(livekit.url, livekit.token("victim", name)) as victim:
        sid = (await victim.joined()).participant.sid
        assert (await ask(livekit, "DELETE", f"/whip/v1/{sid}", mine))[0] == 200
        leave, _ = await victim.end()
    assert leave is not None
    assert [found.identity for found in livekit.engine.list_participants([name])[name]] == ["encoder"]
