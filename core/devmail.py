"""The development outbox: mails that Django's file backend wrote, as a page. Only routed with DEBUG on."""

import email
import email.policy
import re
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

MAILS_SHOWN = 50
# What the file backend writes after each message: django.core.mail.backends.console.
_END_OF_MESSAGE = re.compile(rb"^-{79}\n", re.MULTILINE)


@dataclass(frozen=True)
class Mail:
    subject: str
    sender: str
    to: str
    date: str
    body: str


def outbox(request: HttpRequest) -> HttpResponse:
    """The newest mails first. Shows other people's mail, so it does not exist without DEBUG."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "dev/mail.html", {"mails": mails_read(Path(settings.EMAIL_FILE_PATH))})


def mails_read(folder: Path, limit: int = MAILS_SHOWN) -> list[Mail]:
    """The newest ``limit`` mails of the folder, newest first. One file holds the mails of one connection."""
    mails: list[Mail] = []
    # File names begin with the time to the second; within a second the clock of the file decides.
    for path in sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime_ns, reverse=True):
        parts = [part for part in _END_OF_MESSAGE.split(path.read_bytes()) if part.strip()]
        mails.extend(_mail(part) for part in reversed(parts))
        if len(mails) >= limit:
            break
    return mails[:limit]


def _mail(raw: bytes) -> Mail:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    part = message.get_body(preferencelist=("plain", "html"))
    return Mail(
        subject=str(message["Subject"] or ""),
        sender=str(message["From"] or ""),
        to=str(message["To"] or ""),
        date=str(message["Date"] or ""),
        body=str(part.get_content()) if part else "",
    )
