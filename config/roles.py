"""The roles of staff: groups with exactly what each needs. Operators may make groups of their own beside them.

Kept by ``migrate``, so that a role gets what a new version brings; what is changed in these three is set back.
"""

from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models.signals import post_migrate

# What staff may do besides Django's view, add, change and delete: codename, model and its name for people.
ACTIONS = {
    "suspend_user": ("accounts", "user", "Can suspend and reinstate people"),
    "stop_stream": ("streams", "stream", "Can stop streams"),
    "approve_refund": ("payments", "refundrequest", "Can approve refunds that others asked for"),
    "answer_dispute": ("payments", "chargeback", "Can hand evidence in to disputes"),
    "take_down_tip": ("payments", "tip", "Can take down what tips say"),
    "decide_case": ("moderation", "case", "Can decide about reports, notices and appeals"),
    "freeze_wallet": ("payments", "wallet", "Can freeze and free wallets"),
}
ROLES: dict[str, frozenset[str]] = {
    "support": frozenset({"accounts.view_user", "accounts.suspend_user"}),
    "moderation": frozenset(
        {
            "streams.view_stream",
            "streams.stop_stream",
            "streams.view_viewersession",
            "chat.view_chatmessage",
            "moderation.view_case",
            "moderation.decide_case",
            "moderation.view_decision",
            "moderation.view_appeal",
            "moderation.view_statement",
            "moderation.view_strike",
            "moderation.view_golivehold",
            "moderation.view_legalnotice",
            "moderation.view_ban",
            "moderation.view_unbanrequest",
            "moderation.view_term",
            "moderation.add_term",
            "moderation.delete_term",
            "payments.view_tip",
            "payments.take_down_tip",
        }
    ),
    "finance": frozenset(
        {
            "gifts.view_gift",
            "gifts.add_gift",
            "gifts.change_gift",
            "gifts.view_giftsend",
            "payments.view_order",
            "payments.view_payment",
            "payments.view_refund",
            "payments.add_refund",
            "payments.view_refundrequest",
            "payments.approve_refund",
            "payments.view_chargeback",
            "payments.answer_dispute",
            "payments.view_receipt",
            "payments.view_providerevent",
            "payments.view_fraudwarning",
            "payments.view_wallet",
            "payments.freeze_wallet",
            "payments.view_account",
            "payments.view_transaction",
            "payments.view_coinlot",
            "payments.view_earning",
            "payments.view_ledgercheck",
            "payments.view_senderalert",
            "payments.view_sharedcard",
            "payments.view_tip",
            "payments.view_ticket",
            "payments.view_streamprice",
            "payments.view_promocode",
        }
    ),
}


def roles_sync(*, using: str = "default") -> None:
    """Make the groups what ``ROLES`` says. Queries: about 12 when nothing changed."""
    for codename, (app, model, name) in ACTIONS.items():
        content_type = ContentType.objects.db_manager(using).get_by_natural_key(app, model)
        Permission.objects.using(using).get_or_create(
            codename=codename, content_type=content_type, defaults={"name": name}
        )
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.using(using)
        .filter(codename__in={wanted.split(".")[1] for role in ROLES.values() for wanted in role})
        .select_related("content_type")
    }
    for role, wanted in ROLES.items():
        group, _made = Group.objects.using(using).get_or_create(name=role)
        group.permissions.set([known[name] for name in wanted])


def _after_migrations(sender: Any, using: str, **kwargs: Any) -> None:
    # Once, for the last app with models, when the permissions of all have been made.
    if sender is [app for app in apps.get_app_configs() if app.models_module is not None][-1]:
        roles_sync(using=using)


post_migrate.connect(_after_migrations, dispatch_uid="busk.roles")
