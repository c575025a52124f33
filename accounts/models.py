"""People. A ``Party`` is what books, messages and sessions refer to; ``User`` is the identity that can be erased."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.indexes import GinIndex
from django.db import models, transaction
from django.db.models.functions import Lower

from core.ids import new_id
from core.search import PersonWords


class Party(models.Model):
    """Somebody, without saying who. Never deleted; its user may be."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "parties"

    def __str__(self) -> str:
        return str(self.id)


class UserManager(BaseUserManager["User"]):
    """Makes the party together with its user."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username__iexact=username)

    @transaction.atomic
    def create_user(
        self, username: str, email: str = "", password: str | None = None, **fields: Any
    ) -> "User":
        user = self.model(username=username, email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(
        self, username: str, email: str = "", password: str | None = None, **fields: Any
    ) -> "User":
        return self.create_user(username, email, password, is_staff=True, is_superuser=True, **fields)


class AgeBand(models.TextChoices):
    """How old somebody is, as far as our rules need to know; the date of birth itself is not kept."""

    UNKNOWN = "", "Unknown"
    FROM_13 = "13-15", "13 to 15"
    FROM_16 = "16-17", "16 or 17"
    ADULT = "18+", "18 or older"


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account: sign-in, name, profile. ``slug`` in the API is the username."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    party = models.OneToOneField(Party, on_delete=models.PROTECT, related_name="user", editable=False)
    username = models.CharField(max_length=30)
    email = models.EmailField(blank=True)
    display_name = models.CharField(max_length=50, blank=True)
    bio = models.TextField(max_length=2000, blank=True)
    # Up to eight of {"label": str, "url": str}, checked by accounts.services.profile_update.
    links = models.JSONField(default=list, blank=True)
    avatar = models.ImageField(upload_to="avatars/", blank=True)
    age_band = models.CharField(max_length=5, choices=AgeBand.choices, default=AgeBand.UNKNOWN, blank=True)
    # Set by staff; asked for where the operator lets only approved people go live.
    approved_to_go_live = models.BooleanField(default=False)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("username"), name="user_username_unique_without_case"),
            models.UniqueConstraint(
                Lower("email"), condition=~models.Q(email=""), name="user_email_unique_without_case"
            ),
        ]
        indexes = [GinIndex(PersonWords("username", "display_name"), name="user_words")]

    def __str__(self) -> str:
        return self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Every user has a party, also one that a third-party form saves. Queries: 1 more for a new user."""
        if getattr(self, "party_id", None) is None:
            with transaction.atomic():
                self.party = Party.objects.create()
                super().save(*args, **kwargs)
            return
        super().save(*args, **kwargs)

    @property
    def name(self) -> str:
        """What others read."""
        return self.display_name or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class Follow(models.Model):
    """``follower`` wants to hear of ``creator``'s streams."""

    follower = models.ForeignKey(User, on_delete=models.CASCADE, related_name="following")
    creator = models.ForeignKey(User, on_delete=models.CASCADE, related_name="followers")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["follower", "creator"], name="follow_once"),
            models.CheckConstraint(
                condition=~models.Q(follower=models.F("creator")), name="follow_not_oneself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.follower_id} follows {self.creator_id}"
