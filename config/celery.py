"""The Celery application: `celery -A config worker` and `... beat`, or threads of `manage.py serve`."""

import os

from celery import Celery
from celery.schedules import crontab

from config import env

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

app = Celery("busk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.set_default()  # for every thread, where the library's own choice is this one only

# Tasks may run twice and say so; one lost with its worker would be found only by the next sweep.
app.conf.task_acks_late = True
app.conf.worker_prefetch_multiplier = 1


def _every(seconds: float, task: str) -> dict[str, object]:
    """A run that waited longer than its period is dropped: the next one does its work."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


app.conf.beat_schedule = {
    "outbox": _every(5, "core.tasks.outbox_sweep"),
    "streams": _every(5, "streams.tasks.streams_sweep"),
    "sessions": _every(10, "streams.tasks.sessions_sweep"),
    "stored-events": _every(3600, "realtime.tasks.stored_events_prune"),
    "idempotent-answers": _every(3600, "core.tasks.idempotent_answers_sweep"),
    "held-names": _every(3600, "accounts.tasks.held_names_sweep"),
    "exports": _every(600, "accounts.tasks.exports_sweep"),
    "ages": _every(3600, "accounts.tasks.age_bands_advance"),
    "thumbnails": _every(60, "streams.tasks.thumbnails_refresh"),
    "media": _every(60, "streams.tasks.media_tidy"),
    # So that a gift shows everywhere within a second.
    "credits": _every(0.5, "payments.tasks.credits_fold"),
    "gifts": _every(1, "gifts.tasks.gifts_settle"),
    "holds": _every(300, "payments.tasks.earnings_release"),
    "senders": _every(3600, "payments.creators.tasks.senders_check"),
    "books": {"task": "payments.tasks.ledger_check", "schedule": crontab(hour=3, minute=30)},
    "provider-events": _every(10, "payments.orders.tasks.provider_events_handle"),
    "orders": _every(20, "payments.orders.tasks.orders_look"),
    # A preview ends on the second.
    "previews": _every(1, "payments.tickets.tasks.previews_end"),
    "previews-forgotten": _every(3600, "payments.tickets.tasks.previews_forget"),
    "tickets-used": _every(5, "payments.tickets.tasks.tickets_use"),
    "ticket-prices": _every(10, "payments.tickets.tasks.ticket_prices_return"),
    "movements": _every(900, "payments.orders.tasks.movements_fetch"),
    "staff-remind": _every(600, "payments.staff.tasks.staff_remind"),
    "staff-look": _every(900, "payments.staff.tasks.staff_look"),
    "sightings": _every(3600, "moderation.bans.tasks.sightings_forget"),
    "notices": _every(300, "moderation.reports.tasks.statements_sweep"),
    "legal-notices": _every(300, "moderation.legal.tasks.notices_sweep"),
    "counter-notices": _every(600, "moderation.legal.tasks.counter_notices_restore"),
    "evidence": _every(3600, "moderation.reports.tasks.evidence_forget"),
    "payment-traces": _every(3600, "payments.orders.tasks.payment_traces_forget"),
}
if env.text("LIVEKIT_URL"):
    app.conf.beat_schedule["livekit-rooms"] = _every(4, "streams.tasks.livekit_rooms")
    app.conf.beat_schedule["rtmp"] = _every(5, "streams.encoders.tasks.rtmp_sweep")
    app.conf.beat_schedule["livekit-events"] = _every(10, "streams.tasks.livekit_events_sweep")
    app.conf.beat_schedule["livekit-old"] = _every(3600, "streams.tasks.livekit_old_forget")
