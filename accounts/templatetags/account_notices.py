from typing import Any

from django import template

from accounts.models import User
from accounts.selectors import email_confirmed

register = template.Library()


@register.inclusion_tag("accounts/email_notice.html", takes_context=True)
def email_notice(context: dict[str, Any]) -> dict[str, Any]:
    """The line that asks a signed-in person to confirm the e-mail. Queries: 1 when signed in."""
    user = context["request"].user
    wanted = isinstance(user, User) and not email_confirmed(user=user)
    return {
        "wanted": wanted,
        "user": user,
        "debug": context.get("debug"),
        "csrf_token": context.get("csrf_token"),
    }
