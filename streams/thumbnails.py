"""Pictures of streams: whatever comes in, three WebP sizes come out, and nothing of the original is kept."""

import uuid

from django.conf import settings
from django.db import transaction

from core.facts import publish_on_commit
from core.pictures import (
    PictureRefused,
    folder_drop,
    picture_read,
    picture_urls,
    picture_variants,
    variants_store,
)
from streams.errors import BadImage
from streams.events import StreamChanged
from streams.models import Stream

SIZES = {"small": (320, 180), "medium": (640, 360), "large": (1280, 720)}


def make_variants(image: bytes) -> dict[str, bytes]:
    """The picture, cropped to 16:9, by name of size. Raises: BadImage if it is no picture, or too big a one."""
    try:
        picture = picture_read(image, max_bytes=settings.THUMBNAIL_MAX_BYTES)
    except PictureRefused as refused:
        raise BadImage(thumbnail=[str(refused)]) from None
    return picture_variants(picture, SIZES)


def thumbnail_set(*, stream_id: uuid.UUID, image: bytes, chosen: bool) -> None:
    """Give the stream its picture: one the creator chose, or a frame, which never replaces a chosen one.

    Files are written first and the row last, so a crash leaves a folder too many and never a missing picture.
    Emits: StreamChanged. Raises: BadImage.
    """
    folder = variants_store(make_variants(image), under=f"thumbnails/{stream_id}")
    with transaction.atomic():
        stream = Stream.objects.select_for_update().get(pk=stream_id)
        dropped = stream.thumbnail
        if stream.thumbnail_chosen and not chosen:
            dropped = folder
        else:
            stream.thumbnail, stream.thumbnail_chosen = folder, chosen
            stream.save(update_fields=["thumbnail", "thumbnail_chosen"])
            publish_on_commit(StreamChanged(stream_id=str(stream_id)))
    folder_drop(dropped)


def thumbnail_urls(folder: str) -> dict[str, str] | None:
    """Addresses by size; None for a stream without a picture."""
    return picture_urls(folder, SIZES)
