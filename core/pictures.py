"""Pictures that strangers upload: read once, checked, and never kept as they came."""

import io
import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageOps, UnidentifiedImageError

from core.ids import new_id

Sizes = Mapping[str, tuple[int, int]]
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
PIXELS_MAX = 40_000_000


class PictureRefused(Exception):
    """The upload will not do; the message says why, in words for the person who chose it."""


def picture_read(image: bytes, *, max_bytes: int) -> Image.Image:
    """The picture, upright and in plain colours. Raises: PictureRefused if it is none, or too big a one."""
    if len(image) > max_bytes:
        size, limit = len(image) / 1048576, max_bytes / 1048576
        raise PictureRefused(f"Choose a picture of at most {limit:.0f} MB; this one has {size:.1f} MB.")
    try:
        with warnings.catch_warnings():
            # Pillow warns where a picture would unpack to something enormous; to us that is an error.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(image), formats=FORMATS)
            if picture.width * picture.height > PIXELS_MAX:
                raise PictureRefused("Choose a picture of at most 40 megapixels.")
            return ImageOps.exif_transpose(picture).convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise PictureRefused("This is no picture we can read. Use JPEG, PNG, WebP or GIF.") from None
    except (OSError, SyntaxError, ValueError):  # what Pillow raises for files that break off or lie
        raise PictureRefused("This picture is damaged. Try another one.") from None


def picture_webp(picture: Image.Image, size: tuple[int, int]) -> bytes:
    """The picture cropped to ``size``, as WebP."""
    out = io.BytesIO()
    ImageOps.fit(picture, size, Image.Resampling.LANCZOS).save(out, "WEBP", quality=80, method=4)
    return out.getvalue()


def picture_variants(picture: Image.Image, sizes: Sizes) -> dict[str, bytes]:
    """The picture in each size, by its name."""
    return {name: picture_webp(picture, size) for name, size in sizes.items()}


def variants_store(variants: Mapping[str, bytes], *, under: str) -> str:
    """Write the files into a folder of their own under MEDIA_ROOT; its name is new each time, so caches never lie."""
    folder = f"{under}/{new_id().hex}"
    root = Path(settings.MEDIA_ROOT) / folder
    root.mkdir(parents=True)
    for name, content in variants.items():
        (root / f"{name}.webp").write_bytes(content)
    return folder


def folder_drop(folder: str) -> None:
    """Remove what ``variants_store`` wrote; "" is nothing."""
    if folder:
        shutil.rmtree(Path(settings.MEDIA_ROOT) / folder, ignore_errors=True)


def picture_urls(folder: str, sizes: Sizes) -> dict[str, str] | None:
    """Addresses by size; None without a picture."""
    if not folder:
        return None
    return {name: f"{settings.MEDIA_URL}{folder}/{name}.webp" for name in sizes}
