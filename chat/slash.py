"""Lines that begin with "/": commands to the chat, which are never said. Only its sender is told what becomes of one.

Every command asks the service that REST asks, so what it refuses is refused here too. "//..." and "/me" are no commands
and are not said either: whoever mistypes a name does not tell the room whom they meant to ban.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.core.cache import cache
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.blocks import block_create, block_delete
from accounts.models import User
from accounts.selectors import profile_get
from chat.events import ChatToldEvent
from chat.removals import chat_clear, message_remove
from chat.text import MOST_CHARACTERS
from core import limits
from core.errors import Busy, DomainError, InvalidInput, NotFound, NotSignedIn
from core.text import said
from moderation.bans.services import (
    TIMEOUT_ENDS,
    TIMEOUT_SECONDS,
    person_ban,
    person_time_out,
    person_unban,
    person_warn,
)
from moderation.modes.services import modes_set, shield_lower, shield_raise
from moderation.policies import LEAST, Act, Rank, ranks_of
from moderation.team.models import TeamRole
from moderation.team.selectors import members_of
from moderation.team.services import member_invite, member_remove
from streams.models import Stream

COMMANDS_PER_WINDOW = 20
WINDOW_SECONDS = 30
SLOW_SECONDS = 30
# For so long the same client_id is the same command.
REMEMBERED_SECONDS = 600
_RUNNING = "running"
# In lines as they are kept nothing stands before the slash that shows; what does not is no way around.
_INVISIBLE = {"Cf", "Mn", "Zs"}
_DURATION = re.compile(r"(\d{1,9})([smhd]?)", re.ASCII | re.IGNORECASE)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Told(NamedTuple):
    code: str
    text: str


class Wrong(Exception):
    """Something is missing or is not what it has to be: the sender is told how it is typed."""


@dataclass(frozen=True)
class Call:
    """A command as somebody gave it; ``rest`` is what followed its name."""

    actor: User
    channel: User
    stream_id: UUID
    rest: str

    def person(self) -> tuple[User, str]:
        """Whom the first word names, and what follows it. Raises: Wrong, NotFound with the ``name``."""
        name, _space, rest = self.rest.partition(" ")
        name = name.removeprefix("@")
        if not name:
            raise Wrong
        try:
            return profile_get(username=name), rest.strip()
        except NotFound:
            raise NotFound(name=name) from None


Run = Callable[[Call], str | Told]


@dataclass(frozen=True)
class Slash:
    """``act`` is what the policy must allow for it to be in the help; None for what everybody may."""

    takes: str
    does: str
    act: Act | None
    run: Run


def is_slash(raw: str) -> bool:
    """Whether a line is a command, whatever stands before its slash without showing. Queries: none."""
    return _bare(raw) is not None


def slash_run(*, actor_id: UUID | None, stream_id: UUID, client_id: str, text: str) -> ChatToldEvent:
    """Do what a line that ``is_slash`` says. The same ``client_id`` again is the same command, and told the same.

    Queries: 2, and those of the service. Raises: NotSignedIn, NotFound, RateLimited, Busy.
    """
    actor = User.objects.filter(pk=actor_id, is_active=True).first() if actor_id else None
    if actor is None:
        raise NotSignedIn()
    key = f"slash:{stream_id}:{actor.pk}:{client_id}"
    if not cache.add(key, _RUNNING, timeout=REMEMBERED_SECONDS):
        known = cache.get(key, _RUNNING)
        if known == _RUNNING:
            raise Busy()
        return ChatToldEvent(client_id=client_id, code=known.code, text=known.text)
    try:
        limits.take(
            bucket="chat-command",
            key=str(actor.pk),
            limit=COMMANDS_PER_WINDOW,
            window_seconds=WINDOW_SECONDS,
        )
        told = _told(actor, stream_id, text)
    except BaseException:
        cache.delete(key)
        raise
    cache.set(key, told, timeout=REMEMBERED_SECONDS)
    return ChatToldEvent(client_id=client_id, code=told.code, text=told.text)


def seconds_of(word: str, *, unit: str = "s") -> int | None:
    """Of "600", "10m", "1h" or "2d"; a number alone is in ``unit``. None for what is no length of time."""
    found = _DURATION.fullmatch(word)
    return int(found[1]) * _UNITS[found[2].lower() or unit] if found else None


def _bare(raw: str) -> str | None:
    """What follows the slash; None for a line that has none at its beginning."""
    # What is far too long is refused for that, and not worth looking at each character.
    if ("/" not in raw and "\uff0f" not in raw) or len(raw) > 4 * MOST_CHARACTERS:
        return None
    text = said(raw)
    while text and unicodedata.category(text[0]) in _INVISIBLE:
        text = text[1:]
    # The wide slash is what some keyboards type.
    return text[1:] if text[:1] in {"/", "\uff0f"} else None


def _told(actor: User, stream_id: UUID, text: str) -> Told:
    stream = Stream.objects.select_related("creator").filter(pk=stream_id).first()
    if stream is None or stream.creator is None:
        raise NotFound()
    name, _space, rest = (_bare(text) or "").partition(" ")
    slash = SLASHES.get(name.lower())
    if slash is None:
        return Told("unknown_command", _("There is no command /%(name)s. Type /help.") % {"name": name[:30]})
    call = Call(actor=actor, channel=stream.creator, stream_id=stream_id, rest=rest.strip())
    try:
        answer = slash.run(call)
    except Wrong:
        return Told("usage", _usage(name.lower(), slash))
    except Busy:
        raise
    except DomainError as error:
        return Told(error.code, _refused(error, name.lower(), slash))
    return answer if isinstance(answer, Told) else Told("done", answer)


def _usage(name: str, slash: Slash) -> str:
    how = f"/{name} {_(slash.takes)}" if slash.takes else f"/{name}"
    return f"{how}: {_(slash.does)}"


def _refused(error: DomainError, name: str, slash: Slash) -> str:
    match error.code, error.details.get("reason"):
        case "not_your_place", "target":
            return _("You may not do that to them.")
        case ("not_your_place", "oneself") | ("cannot_block_yourself", _):
            return _("That is you.")
        case "not_your_place", _:
            return _("You may not do that here.")
        case "not_found", _ if "name" in error.details:
            return _("Nobody is called %(name)s.") % {"name": error.details["name"][:30]}
        case "not_found", _:
            return _("There is no such thing here.")
        case "forbidden", _:
            return _("One of you has blocked the other.")
        case "is_banned", _:
            return _("They are banned, which is more than a timeout.")
        case "banned", _:
            return _("They are banned here.")
        case "team_full", _:
            return _("The team is full.")
    if isinstance(error, InvalidInput):
        wrong = " ".join(str(message) for messages in error.details.values() for message in messages)
        return f"{_usage(name, slash)}. {wrong}"
    return _("That did not work: %(code)s.") % {"code": error.code}


# People


def _timeout(call: Call) -> str:
    person, rest = call.person()
    length, _space, reason = rest.partition(" ")
    seconds = seconds_of(length)
    if seconds is None:
        seconds, reason = TIMEOUT_SECONDS, rest
    person_time_out(
        actor=call.actor, channel=call.channel, person=person, seconds=seconds, reason=reason.strip()
    )
    if seconds == TIMEOUT_ENDS:
        return _("%(name)s may write again.") % {"name": person.name}
    return _("%(name)s does not write for %(length)s.") % {"name": person.name, "length": _length(seconds)}


def _untimeout(call: Call) -> str:
    person, reason = call.person()
    person_time_out(
        actor=call.actor, channel=call.channel, person=person, seconds=TIMEOUT_ENDS, reason=reason
    )
    return _("%(name)s may write again.") % {"name": person.name}


def _ban(call: Call) -> str:
    person, reason = call.person()
    person_ban(actor=call.actor, channel=call.channel, person=person, reason=reason)
    return _("%(name)s is banned.") % {"name": person.name}


def _unban(call: Call) -> str:
    person, reason = call.person()
    person_unban(actor=call.actor, channel=call.channel, person=person, reason=reason)
    return _("%(name)s is not banned.") % {"name": person.name}


def _warn(call: Call) -> str:
    person, reason = call.person()
    if not reason:
        raise Wrong
    person_warn(actor=call.actor, channel=call.channel, person=person, reason=reason)
    return _("%(name)s is warned, and writes again once they have read it.") % {"name": person.name}


def _block(call: Call) -> str:
    person, _rest = call.person()
    block_create(blocker=call.actor, blocked=person)
    return _("You blocked %(name)s.") % {"name": person.name}


def _unblock(call: Call) -> str:
    person, _rest = call.person()
    block_delete(blocker=call.actor, blocked=person)
    return _("You do not block %(name)s.") % {"name": person.name}


# Messages


def _delete(call: Call) -> str:
    word, _space, reason = call.rest.partition(" ")
    try:
        message_id = UUID(word)
    except ValueError:
        raise Wrong from None
    message_remove(actor=call.actor, stream_id=call.stream_id, message_id=message_id, reason=reason.strip())
    return _("The message is taken away.")


def _clear(call: Call) -> str:
    if call.rest:  # whoever names somebody does not mean everybody
        raise Wrong
    chat_clear(actor=call.actor, stream_id=call.stream_id)
    return _("The chat is cleared.")


# Modes


def _slow(call: Call) -> str:
    seconds = seconds_of(call.rest) if call.rest else SLOW_SECONDS
    if seconds is None:
        raise Wrong
    modes_set(actor=call.actor, channel=call.channel, slow_seconds=seconds)
    return _("One message each in %(length)s.") % {"length": _length(seconds)}


def _slow_off(call: Call) -> str:
    modes_set(actor=call.actor, channel=call.channel, slow_seconds=None)
    return _("Slow mode is off.")


def _followers(call: Call) -> str:
    seconds = seconds_of(call.rest, unit="m") if call.rest else 0
    if seconds is None or seconds % 60:
        raise Wrong
    modes_set(actor=call.actor, channel=call.channel, followers_minutes=seconds // 60)
    if not seconds:
        return _("Only followers write.")
    return _("Only who has followed for %(length)s writes.") % {"length": _length(seconds)}


def _followers_off(call: Call) -> str:
    modes_set(actor=call.actor, channel=call.channel, followers_minutes=None)
    return _("Not only followers write.")


def _emote_only(call: Call) -> str:
    modes_set(actor=call.actor, channel=call.channel, emote_only=True)
    return _("Nothing but emotes is written.")


def _emote_only_off(call: Call) -> str:
    modes_set(actor=call.actor, channel=call.channel, emote_only=False)
    return _("Not only emotes are written.")


def _shield(call: Call) -> str:
    shield_raise(actor=call.actor, channel=call.channel)
    return _("The shield is up.")


def _shield_off(call: Call) -> str:
    shield_lower(actor=call.actor, channel=call.channel)
    return _("The shield is down, and all is as it was before.")


# The team


def _gives(role: TeamRole) -> Run:
    def run(call: Call) -> str:
        person, _rest = call.person()
        member = member_invite(actor=call.actor, channel=call.channel, person=person, role=role)
        names = {"name": person.name, "role": member.get_role_display()}
        if member.accepted_at is None:
            return _("%(name)s is asked to join: %(role)s.") % names
        return _("%(name)s is in the team: %(role)s.") % names

    return run


def _takes(*roles: TeamRole) -> Run:
    def run(call: Call) -> str | Told:
        person, _rest = call.person()
        removed = member_remove(actor=call.actor, channel=call.channel, person=person, only=roles)
        if not removed:
            return Told("not_found", _("%(name)s is none.") % {"name": person.name})
        return _("%(name)s is in the team no more.") % {"name": person.name}

    return run


def _lists(title: str, *roles: TeamRole) -> Run:
    def run(call: Call) -> Told:
        names = [member.person.name for member in members_of(call.channel) if member.role in roles]
        return Told("list", f"{_(title)}: {', '.join(names) or _('nobody')}")

    return run


def _help(call: Call) -> Told:
    """Of what the caller may do, or how one of them is typed."""
    asked = call.rest.removeprefix("/").lower()
    if asked in SLASHES:
        return Told("help", _usage(asked, SLASHES[asked]))
    rank = ranks_of(channel_id=call.channel.pk, people={call.actor.pk: call.actor})[call.actor.pk]
    mine = (f"/{name}" for name, slash in SLASHES.items() if _least(slash) <= rank)
    return Told("help", " ".join(mine))


def _least(slash: Slash) -> Rank:
    return Rank.NOBODY if slash.act is None else LEAST[slash.act]


def _length(seconds: int) -> str:
    """As it would be typed."""
    for unit, size in reversed(_UNITS.items()):
        if seconds and seconds % size == 0:
            return f"{seconds // size} {unit}" if unit != "m" else f"{seconds // size} min"
    return f"{seconds} s"


SLASHES: dict[str, Slash] = {
    "timeout": Slash(
        gettext_noop("name [10m] [reason]"),
        gettext_noop("silence somebody for a while: 600, 10m, 1h, 1d"),
        Act.TIMEOUT,
        _timeout,
    ),
    "untimeout": Slash(gettext_noop("name"), gettext_noop("end that"), Act.TIMEOUT, _untimeout),
    "ban": Slash(
        gettext_noop("name [reason]"), gettext_noop("keep somebody out of the channel"), Act.BAN, _ban
    ),
    "unban": Slash(gettext_noop("name [reason]"), gettext_noop("let them back in"), Act.BAN, _unban),
    "warn": Slash(
        gettext_noop("name reason"),
        gettext_noop("they write again once they have read it"),
        Act.WARN,
        _warn,
    ),
    "delete": Slash(gettext_noop("id [reason]"), gettext_noop("take one message away"), Act.DELETE, _delete),
    "clear": Slash("", gettext_noop("take all messages away"), Act.CLEAR, _clear),
    "slow": Slash(
        gettext_noop("[seconds]"), gettext_noop("one message each in so many, 3 to 120"), Act.MODES, _slow
    ),
    "slowoff": Slash("", gettext_noop("end that"), Act.MODES, _slow_off),
    "followers": Slash(
        gettext_noop("[10m]"),
        gettext_noop("only who has followed for so long writes, up to 90d"),
        Act.MODES,
        _followers,
    ),
    "followersoff": Slash("", gettext_noop("end that"), Act.MODES, _followers_off),
    "emoteonly": Slash("", gettext_noop("nothing but emotes"), Act.MODES, _emote_only),
    "emoteonlyoff": Slash("", gettext_noop("end that"), Act.MODES, _emote_only_off),
    "shield": Slash("", gettext_noop("put the strict set in force"), Act.SHIELD, _shield),
    "shieldoff": Slash("", gettext_noop("back to what was before"), Act.SHIELD, _shield_off),
    "mod": Slash(
        gettext_noop("name"), gettext_noop("invite a moderator"), Act.TEAM, _gives(TeamRole.MODERATOR)
    ),
    "unmod": Slash(
        gettext_noop("name"),
        gettext_noop("take that back"),
        Act.TEAM,
        _takes(TeamRole.MODERATOR, TeamRole.LEAD),
    ),
    "vip": Slash(gettext_noop("name"), gettext_noop("invite a VIP"), Act.TEAM, _gives(TeamRole.VIP)),
    "unvip": Slash(gettext_noop("name"), gettext_noop("take that back"), Act.TEAM, _takes(TeamRole.VIP)),
    "mods": Slash(
        "",
        gettext_noop("who moderates here"),
        None,
        _lists(gettext_noop("Moderators"), TeamRole.LEAD, TeamRole.MODERATOR),
    ),
    "vips": Slash("", gettext_noop("who is VIP here"), None, _lists(gettext_noop("VIPs"), TeamRole.VIP)),
    "block": Slash(gettext_noop("name"), gettext_noop("see nothing of somebody any more"), None, _block),
    "unblock": Slash(gettext_noop("name"), gettext_noop("see them again"), None, _unblock),
    "help": Slash(gettext_noop("[command]"), gettext_noop("what you can type here"), None, _help),
}
