"""Answers kept for whoever repeats a request under the same Idempotency-Key, because the first answer got lost.

A key belongs to its caller. What is kept is readable only with the key, which is not kept itself: an answer may hold
a secret that is shown once.
"""

import base64
import hashlib
import hmac
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
from cryptography.fernet import Fernet
from django.conf import settings
from django.utils import timezone

from core.errors import Conflict
from core.ids import new_id
from core.models import IdempotentAnswer

KEPT = timedelta(hours=24)
# A request that has run for this long died with its process, and may be tried again.
LONGEST_RUN = timedelta(minutes=2)


class KeyReused(Conflict):
    """The key was used for another request: take a new one."""

    code = "idempotency_key_reused"


class StillRunning(Conflict):
    """The first request with this key has no answer yet; ask again in a moment."""

    code = "idempotency_in_progress"


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any


@dataclass(frozen=True)
class Claim:
    """The right to run a request once: store its answer, or release it so that it can be tried again."""

    row_id: uuid.UUID
    cipher: Fernet

    def store(self, answer: Answer) -> None:
        """Queries: 1."""
        body = self.cipher.encrypt(msgspec.json.encode([answer.status, answer.body]))
        IdempotentAnswer.objects.filter(pk=self.row_id).update(answer=body)

    def release(self) -> None:
        """Queries: 1."""
        IdempotentAnswer.objects.filter(pk=self.row_id, answer=None).delete()


def claim(*, caller: str, key: str, request_hash: str) -> Claim | Answer:
    """Begin a request, or have the answer that it had before.

    Queries: 2, outside of any transaction. Raises: KeyReused, StillRunning.
    """
    secret = hmac.digest(settings.SECRET_KEY.encode(), f"idempotency:{caller}:{key}".encode(), hashlib.sha512)
    key_hash, cipher = secret[:32].hex(), Fernet(base64.urlsafe_b64encode(secret[32:]))
    now = timezone.now()
    row = IdempotentAnswer(id=new_id(), key_hash=key_hash, request_hash=request_hash, created_at=now)
    IdempotentAnswer.objects.bulk_create([row], ignore_conflicts=True)
    known = IdempotentAnswer.objects.get(key_hash=key_hash)
    if known.pk == row.pk:
        return Claim(known.pk, cipher)
    if known.request_hash != request_hash:
        raise KeyReused()
    if known.answer is not None:
        status, body = msgspec.json.decode(cipher.decrypt(bytes(known.answer)))
        return Answer(status, body)
    abandoned = IdempotentAnswer.objects.filter(pk=known.pk, answer=None, created_at=known.created_at)
    if known.created_at < now - LONGEST_RUN and abandoned.update(created_at=now):
        return Claim(known.pk, cipher)
    raise StillRunning(retry_after_seconds=1)


def sweep() -> None:
    """Forget keys after a day. Queries: 1."""
    IdempotentAnswer.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
