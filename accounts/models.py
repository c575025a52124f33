"""People. A ``Party`` is what books, messages and sessions refer to; ``User`` is the identity that can be erased."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.indexes import GinIndex
from django.db import models, transaction
from django.db.models.functions import Lower

from accounts.names import Skeleton
from core.ids import new_id
from core.pictures import picture_urls
from core.search import PersonWords

AVATAR_SIZES = {"small": (64, 64), "medium": (256, 256), "large": (512, 512)}


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
    # What the name looks like, kept by the database; see accounts.names.
    skeleton = models.GeneratedField(
        expression=Skeleton("username"), output_field=models.CharField(max_length=60), db_persist=True
    )
    username_changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    email = models.EmailField(blank=True)
    display_name = models.CharField(max_length=50, blank=True)
    bio = models.TextField(max_length=2000, blank=True)
    # Up to eight of {"label": str, "url": str}, checked by accounts.services.profile_update.
    links = models.JSONField(default=list, blank=True)
    # The folder of three WebP sizes under MEDIA_ROOT, new at each picture so that caches never lie; "" for none.
    avatar = models.CharField(max_length=120, blank=True, editable=False)
    age_band = models.CharField(max_length=5, choices=AgeBand.choices, default=AgeBand.UNKNOWN, blank=True)
    # The first year in which the next band holds on every day; see accounts.ages.
    next_band_year = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    # Where the person says they are, to a tenth of a degree; the database refuses anything finer.
    place_name = models.CharField(max_length=80, blank=True)
    place_lat = models.FloatField(null=True, blank=True)
    place_lon = models.FloatField(null=True, blank=True)
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
            models.UniqueConstraint(fields=["skeleton"], name="user_username_looks_like_no_other"),
            models.UniqueConstraint(
                Lower("email"), condition=~models.Q(email=""), name="user_email_unique_without_case"
            ),
            models.CheckConstraint(
                condition=models.Q(place_lat=None, place_lon=None)
                | models.Q(
                    place_lat__isnull=False,
                    place_lon__isnull=False,
                    place_lat__range=(-90, 90),
                    place_lon__range=(-180, 180),
                ),
                name="user_place_is_on_earth",
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

    @property
    def avatar_url(self) -> str | None:
        """The middle one of three sizes."""
        return self.picture_urls["medium"] if self.picture_urls else None

    @property
    def picture_urls(self) -> dict[str, str] | None:
        return picture_urls(self.avatar, AVATAR_SIZES)

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


class HeldName(models.Model):
    """A username that was somebody's and may be nobody else's: it leads to where they are now.

    Held as long as its owner is here, and for a while after they are erased (``user`` is None then).
    """

    username = models.CharField(max_length=30)
    skeleton = models.GeneratedField(
        expression=Skeleton("username"), output_field=models.CharField(max_length=60), db_persist=True
    )
    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="former_names"
    )
    held_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["skeleton"], name="held_name_skeleton")]

    def __str__(self) -> str:
        return self.username


class Block(models.Model):
    """``blocker`` wants nothing to do with ``blocked``: neither sees the other's lines, nor follows the other."""

    blocker = models.ForeignKey(User, on_delete=models.CASCADE, related_name="blocks")
    blocked = models.ForeignKey(User, on_delete=models.CASCADE, related_name="blocked_by")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="block_once"),
            models.CheckConstraint(
                condition=~models.Q(blocker=models.F("blocked")), name="block_not_oneself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.blocker_id} blocks {self.blocked_id}"


class DataExport(models.Model):
    """Somebody asked for everything about them. The file is a zip in private storage, theirs for a week."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="exports")
    asked_at = models.DateTimeField()
    # Whoever set this last is building it.
    claimed_at = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(ready_at=None), name="export_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
