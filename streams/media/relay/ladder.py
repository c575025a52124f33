"""The renditions that each stream is offered in."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

# Height: bits per second of the picture. H.264 veryfast at 30 pictures a second.
_BITRATES = {1080: 4_500_000, 720: 2_800_000, 480: 1_200_000, 360: 700_000}
AUDIO_BPS = 128_000


@dataclass(frozen=True)
class Rendition:
    """``height`` None is the picture as it came: copied when browsers can play it, else transcoded in its size."""

    name: str
    height: int | None
    video_bps: int

    def size(self, width: int, height: int) -> tuple[int, int]:
        """The even size of this rendition of a picture, never larger than the picture.

        The height of a standing picture is its shorter side: 480p of a phone is 480 wide.
        """
        scale = 1.0 if self.height is None else min(1.0, self.height / min(width, height))
        return round(width * scale / 2) * 2, round(height * scale / 2) * 2


def ladder(names: Sequence[str] | None = None) -> tuple[Rendition, ...]:
    """The renditions of ``RELAY_RENDITIONS``, the source first: words such as ``source,720,480``.

    It is the same for each run of a stream, small pictures too: players read the master playlist once.
    """
    wanted = list(settings.RELAY_RENDITIONS if names is None else names)
    renditions = [Rendition(name="source", height=None, video_bps=4_500_000)]
    for word in wanted:
        if word == "source":
            continue
        height = int(word.removesuffix("p")) if word.removesuffix("p").isdecimal() else 0
        if height not in _BITRATES:
            raise ImproperlyConfigured(
                f"BUSK_RELAY_RENDITIONS may hold source, {', '.join(map(str, _BITRATES))}; it has {word!r}"
            )
        renditions.append(Rendition(name=f"{height}p", height=height, video_bps=_BITRATES[height]))
    return tuple(renditions)
