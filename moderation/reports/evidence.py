"""Pictures of what was reported, copied into private storage, so that they are there when the thing is gone."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from django.conf import settings

from core.errors import NotFound
from core.pictures import variants_store


def pictures_keep(case_id: UUID, pictures: Mapping[str, str]) -> dict[str, list[str]]:
    """Copy the folders of pictures. Returns the names of the files by the picture's name; what is gone is left out."""
    kept: dict[str, list[str]] = {}
    for name, folder in pictures.items():
        source = Path(settings.MEDIA_ROOT) / folder
        if not source.is_dir():
            continue
        target = _folder(case_id) / name
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept[name] = []
        for file in sorted(source.glob("*.webp")):
            shutil.copyfile(file, target / file.name)
            kept[name].append(file.stem)
    return kept


def picture_file(*, case_id: UUID, name: str, size: str) -> Path:
    """One of the files, for staff. Raises: NotFound."""
    file = _folder(case_id) / name / f"{size}.webp"
    if not (name.isidentifier() and size.isidentifier() and file.is_file()):
        raise NotFound()
    return file


def picture_restore(*, case_id: UUID, name: str, under: str) -> str:
    """Put a kept picture back where everybody finds it. Returns its folder; "" when it was not kept."""
    source = _folder(case_id) / name
    variants = {file.stem: file.read_bytes() for file in sorted(source.glob("*.webp"))}
    return variants_store(variants, under=under) if variants else ""


def pictures_drop(case_id: UUID) -> None:
    shutil.rmtree(_folder(case_id), ignore_errors=True)


def _folder(case_id: UUID) -> Path:
    return Path(settings.PRIVATE_ROOT) / "evidence" / str(case_id)
