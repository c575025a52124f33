"""Changing how strict a channel's chat is."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.errors import InvalidInput
from core.facts import publish_on_commit
from moderation.modes.events import ModesChanged
from moderation.modes.models import ChatModes, LinkRule
from moderation.policies import Act, require
from moderation.rooms import rooms_turn
from moderation.trail import acted

# What a channel sets, and what the shield puts in its place.
FIELDS = ("slow_seconds", "followers_minutes", "emote_only", "links", "automod_level")
SHIELD_SET: dict[str, Any] = {
    "slow_seconds": 30,
    "followers_minutes": 10,
    "emote_only": False,
    "links": LinkRule.BLOCK.value,
    "automod_level": 4,
}
# What may be chosen, or None for off.
_RANGES = {"slow_seconds": range(3, 121), "followers_minutes": range(90 * 1440 + 1)}


@transaction.atomic
def modes_set(*, actor: User, channel: User, **changes: Any) -> ChatModes:
    """Change some of the modes; the others stay. Under a raised shield it holds until the shield comes down.

    Locks: the channel's rooms, then its modes. Emits: ModesChanged and TeamActed, where anything changed.
    Raises: NotYourPlace, InvalidInput.
    """
    modes = _turn(channel, actor, Act.MODES)
    before = _kept(modes)
    _put(modes, changes)
    after = _kept(modes)
    if after != before:
        changed = [field for field in FIELDS if before[field] != after[field]]
        _save(
            modes,
            actor,
            "modes.changed",
            before={field: before[field] for field in changed},
            after={field: after[field] for field in changed},
        )
    return modes


@transaction.atomic
def shield_raise(*, actor: User, channel: User) -> ChatModes:
    """Put the channel's strict set in force and keep what was. Raising it twice is raising it once.

    Locks and emits as ``modes_set``. Raises: NotYourPlace.
    """
    modes = _turn(channel, actor, Act.SHIELD)
    if not modes.shield:
        before = _kept(modes)
        modes.before_shield = before
        _put(modes, shield_set_of(modes))
        _save(modes, actor, "shield.raised", before=before, after=_kept(modes))
    return modes


@transaction.atomic
def shield_lower(*, actor: User, channel: User) -> ChatModes:
    """Put in force exactly what was before the shield was raised, whatever was changed under it.

    Locks and emits as ``modes_set``. Raises: NotYourPlace.
    """
    modes = _turn(channel, actor, Act.SHIELD)
    if modes.shield:
        before = _kept(modes)
        _put(modes, modes.before_shield or {})
        modes.before_shield = None
        _save(modes, actor, "shield.lowered", before=before, after=_kept(modes))
    return modes


@transaction.atomic
def shield_set_save(*, actor: User, channel: User, **strict: Any) -> ChatModes:
    """Choose what the shield puts in force the next time it is raised; without fields, what comes with Busk.

    Locks: those of ``modes_set``. Emits: TeamActed. Raises: NotYourPlace, InvalidInput.
    """
    modes = _turn(channel, actor, Act.MODES)
    _put(ChatModes(channel=channel), strict)  # what could not be put in force is not kept
    before = shield_set_of(modes)
    modes.shield_set = strict
    after = shield_set_of(modes)
    if after != before:
        modes.save(update_fields=["shield_set", "changed_at"])
        acted(action="shield.set", channel=channel, actor=actor, before=before, after=after)
    return modes


def shield_set_of(modes: ChatModes) -> dict[str, Any]:
    """All of the strict set, with what the channel did not choose as it comes with Busk."""
    return SHIELD_SET | {field: value for field, value in modes.shield_set.items() if field in FIELDS}


def _turn(channel: User, actor: User, act: Act) -> ChatModes:
    """The channel's modes, held until commit, like its rooms."""
    rooms_turn(channel_id=channel.pk)
    ChatModes.objects.get_or_create(channel=channel)
    modes = ChatModes.objects.select_for_update(no_key=True).get(channel=channel)
    require(act=act, channel_id=channel.pk, actor=actor)
    return modes


def _kept(modes: ChatModes) -> dict[str, Any]:
    return {field: getattr(modes, field) for field in FIELDS}


def _put(modes: ChatModes, values: dict[str, Any]) -> None:
    if wrong := {field: ["Not a value of this mode."] for field in values if not _fits(field, values[field])}:
        raise InvalidInput(**wrong)
    for field, value in values.items():
        setattr(modes, field, value)


def _fits(field: str, value: Any) -> bool:
    if field in _RANGES:
        return value is None or (type(value) is int and value in _RANGES[field])
    match field:
        case "automod_level":
            return type(value) is int and 0 <= value <= 4
        case "emote_only":
            return isinstance(value, bool)
        case "links":
            return value in LinkRule.values
    return False


def _save(
    modes: ChatModes, actor: User, action: str, *, before: dict[str, Any], after: dict[str, Any]
) -> None:
    modes.changed_at = timezone.now()
    modes.save()
    acted(action=action, channel=modes.channel, actor=actor, before=before, after=after)
    publish_on_commit(ModesChanged(channel_id=str(modes.channel_id)))
