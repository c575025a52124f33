from typing import Any

from django import template

from accounts.models import User
from accounts.selectors import email_confirmed

register = template.Library()


@register.inclusion_tag("accounts/email_notice.html", takes_context=True)
def email_notice(context: dict[str, Any]) -> dict[str, Any]:
    """The line that asks a signed-in person to confirm the e-mail. Queries: 1 when signed in."""
    request = context["request"]
    user = request.user
    return {
        "wanted": isinstance(user, User) and not email_confirmed(user=user),
        "user": user,
        "path": request.get_full_path(),
        "csrf_token": context.get("csrf_token"),
    }
