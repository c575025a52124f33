from typing import Any

from allauth.account.models import EmailAddress
from django.core.management.base import BaseCommand
from django.db import transaction

from accounts.models import User
from accounts.services import follow_create, profile_update

PASSWORD = "busk-demo"  # noqa: S105 - printed by `make run`, and refused by production settings
CREATORS = {
    "mara": ("Mara Lind", "Street cello, mostly Bach, sometimes rain.", "https://example.org/mara"),
    "jonas": ("Jonas Okoye", "Live coding of small synthesisers.", "https://example.org/jonas"),
}
VIEWERS = {"ada": "Ada", "ben": "Ben"}


class Command(BaseCommand):
    help = "Make the demo accounts unless there are accounts already, and name them."

    def handle(self, *args: Any, **options: Any) -> None:
        if not User.objects.exists():
            _seed()
        if User.objects.filter(email="staffer@demo.localhost").exists():
            self.stdout.write(f"creators {', '.join(CREATORS)}; viewers {', '.join(VIEWERS)}; staff staffer")
            self.stdout.write(f"password of all: {PASSWORD}")


@transaction.atomic
def _seed() -> None:
    creators = []
    for username, (name, bio, link) in CREATORS.items():
        creator = _account(username, display_name=name)
        profile_update(user=creator, display_name=name, bio=bio, links=[{"label": "Website", "url": link}])
        creators.append(creator)
    for username, name in VIEWERS.items():
        follow_create(follower=_account(username, display_name=name), creator=creators[0])
    _account("staffer", display_name="Staff", is_staff=True, is_superuser=True)


def _account(username: str, **fields: Any) -> User:
    email = f"{username}@demo.localhost"
    user = User.objects.create_user(username, email, PASSWORD, **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user
