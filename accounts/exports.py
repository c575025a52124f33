"""Everything about a person, as files, for that person: asked for, built by a task, mailed as a link.

The zip lies in private storage. The link works for its owner, signed in, for a week.
"""

import json
import uuid
import zipfile
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.mail import send_mail
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.errors import ExportAskedLately
from accounts.models import AVATAR_SIZES, DataExport, User
from accounts.selectors import blocks_of, profile_card, user_card
from core.audit import audit_record
from core.errors import NotFound

KEPT, ASK_EVERY = timedelta(days=7), timedelta(days=1)
# Longer than the longest task: whoever claimed it this long ago is gone.
CLAIM = timedelta(minutes=10)

# Contents by file name.
Files = Mapping[str, bytes]
Exporter = Callable[[User], Files]
_exporters: list[Exporter] = []


def register_exporter(exporter: Exporter) -> Exporter:
    """Ask this function too what there is of a person."""
    _exporters.append(exporter)
    return exporter


@transaction.atomic
def export_ask(*, user: User) -> DataExport:
    """Have everything about the person gathered: one at a time, one a day. Raises: ExportAskedLately."""
    now = timezone.now()
    last = DataExport.objects.filter(user=user, asked_at__gt=now - ASK_EVERY).first()
    if last is not None:
        raise ExportAskedLately(again_at=(last.asked_at + ASK_EVERY).isoformat() if last.ready_at else None)
    try:
        with transaction.atomic():
            export = DataExport.objects.create(user=user, asked_at=now)
    except IntegrityError:  # two requests at once, or one from before that is still under way
        raise ExportAskedLately(again_at=None) from None
    audit_record(actor_party_id=user.party_id, action="user.export_asked", target=f"user:{user.pk}")
    transaction.on_commit(lambda: _build_soon(export.pk))
    return export


def export_build(*, export_id: uuid.UUID) -> None:
    """Write the zip and mail the link. Of several at once one does it; none for an export that is done or gone.

    Must not run in a transaction: it sends mail. A mail that fails leaves the export on its owner's page.
    """
    now = timezone.now()
    waiting = DataExport.objects.filter(pk=export_id, ready_at=None)
    if not waiting.filter(Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM)).update(claimed_at=now):
        return
    export = DataExport.objects.select_related("user").get(pk=export_id)
    _write(export)
    if not waiting.update(ready_at=timezone.now(), expires_at=timezone.now() + KEPT):
        export_file(export).unlink(missing_ok=True)  # the person was erased meanwhile
        return
    link = settings.PUBLIC_URL + reverse("accounts:export", args=[export.pk])
    text = render_to_string(
        "accounts/email/export_ready.txt", {"link": link, "site_name": settings.SITE_NAME}
    )
    send_mail(f"Your data from {settings.SITE_NAME}", text, settings.DEFAULT_FROM_EMAIL, [export.user.email])


def exports_sweep() -> None:
    """Build what was lost with its worker, drop what is over. Queries: 2, and those of each export concerned."""
    now = timezone.now()
    for export in DataExport.objects.filter(expires_at__lt=now):
        export_file(export).unlink(missing_ok=True)
        export.delete()
    waiting = DataExport.objects.filter(ready_at=None, asked_at__lt=now - CLAIM)
    for export_id in waiting.values_list("pk", flat=True):
        _build_soon(export_id)


def export_open_for(*, user: User, export_id: uuid.UUID) -> Path:
    """The file, for its owner. Queries: 1. Raises: NotFound."""
    export = DataExport.objects.filter(pk=export_id, user=user, expires_at__gt=timezone.now()).first()
    if export is None or not export_file(export).is_file():
        raise NotFound()
    return export_file(export)


def export_file(export: DataExport) -> Path:
    return Path(settings.PRIVATE_ROOT) / "exports" / f"{export.pk}.zip"


def as_json(content: object) -> bytes:
    """For exporters: JSON that people can read too."""
    return json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1).encode()


def _build_soon(export_id: uuid.UUID) -> None:
    from accounts import tasks  # it imports this module

    tasks.export_build.delay(str(export_id))


def _write(export: DataExport) -> None:
    """Under another name first, so that nobody is handed half a file."""
    file = export_file(export)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = file.with_suffix(".half")
    with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED) as archive:
        for exporter in (_person_files, *_exporters):
            for name, content in exporter(export.user).items():
                archive.writestr(name, content)
    half.chmod(0o600)
    half.rename(file)


def _person_files(user: User) -> Files:
    profile = profile_card(user) | {
        "email_addresses": list(
            EmailAddress.objects.filter(user=user).values("email", "verified", "primary")
        ),
        "age_band": user.age_band,
        "next_band_year": user.next_band_year,
        "date_joined": user.date_joined,
        "last_login": user.last_login,
        "former_names": list(user.former_names.values_list("username", flat=True)),
    }
    following = user.following.select_related("creator").order_by("id")
    sign_ins = UserSession.objects.filter(user=user).values("created_at", "last_seen_at", "ip", "user_agent")
    files = {
        "profile.json": as_json(profile),
        "following.json": as_json([user_card(f.creator) | {"since": f.created_at} for f in following]),
        "blocked.json": as_json([user_card(b.blocked) | {"since": b.created_at} for b in blocks_of(user)]),
        "sign_ins.json": as_json(list(sign_ins)),
    }
    for size in AVATAR_SIZES if user.avatar else ():
        picture = Path(settings.MEDIA_ROOT) / user.avatar / f"{size}.webp"
        if picture.is_file():
            files[f"picture/{size}.webp"] = picture.read_bytes()
    return files
