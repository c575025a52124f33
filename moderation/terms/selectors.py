"""Reading lists of terms."""

from django.db.models import QuerySet

from accounts.models import User
from moderation.policies import Act, require
from moderation.terms.models import Term


def terms_of(*, actor: User, channel: User) -> QuerySet[Term]:
    """A channel's list, for those who may change it. Queries: 1, and 1 when it is read. Raises: NotYourPlace."""
    require(act=Act.TERMS, channel_id=channel.pk, actor=actor)
    return Term.objects.filter(channel=channel).order_by("folded", "id")
