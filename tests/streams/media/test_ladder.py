"""Which sizes a stream is offered in."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from streams.media.relay.ladder import Rendition, ladder

from .conftest import Studio, wait_until


def test_the_source_is_always_there_and_first():
    assert [rendition.name for rendition in ladder(["480", "source"])] == ["source", "480p"]
    assert [rendition.name for rendition in ladder([])] == ["source"]


@pytest.mark.parametrize("word", ["4k", "481", "-480", "p"])
def test_a_size_that_does_not_exist_is_said_so(word):
    with pytest.raises(ImproperlyConfigured, match="BUSK_RELAY_RENDITIONS"):
        ladder(["source", word])


@pytest.mark.parametrize(
    ("height", "picture", "size"),
    [
        (480, (1280, 720), (854, 480)),
        (480, (720, 1280), (480, 854)),
        (480, (640, 360), (640, 360)),  # never larger than it came
        (360, (1920, 1080), (640, 360)),
        (None, (1281, 721), (1280, 720)),  # H.264 wants even sides
    ],
)
def test_a_rendition_keeps_the_shape_of_the_picture(height, picture, size):
    assert Rendition("x", height, 1).size(*picture) == size


def test_the_whole_ladder_is_made(server, stream, watcher, record, settings):
    settings.RELAY_RENDITIONS = ["source", "1080", "720", "480", "360"]
    Studio(server, stream.pk).connect().record(record(seconds=2))
    wait_until(lambda: server.status(watcher.master_path) == 200)
    master = server.get(watcher.master_path).decode()
    names = [line for line in master.splitlines() if line.endswith(".m3u8")]
    assert names == ["source.m3u8", "1080p.m3u8", "720p.m3u8", "480p.m3u8", "360p.m3u8"]
    for name in names:
        assert watcher.playlist(name.removesuffix(".m3u8")).numbered
