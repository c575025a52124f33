"""What moderation keeps, gathered from its parts.

A channel is the account of its creator. People are referred to as accounts where a rule is about them, and as parties
where the books have to outlast them.
"""

from moderation.bans.models import Ban, Caution, NetworkBan, Sighting, UnbanRequest
from moderation.held.models import HeldMessage
from moderation.legal.models import CounterNotice, LegalNotice
from moderation.modes.models import ChatModes
from moderation.reports.models import Appeal, Case, Decision, GoLiveHold, Report, Statement, Strike
from moderation.team.models import TeamMember
from moderation.terms.models import Term, TermsVersion

__all__ = [
    "Appeal",
    "Ban",
    "Case",
    "Caution",
    "ChatModes",
    "CounterNotice",
    "Decision",
    "GoLiveHold",
    "HeldMessage",
    "LegalNotice",
    "NetworkBan",
    "Report",
    "Sighting",
    "Statement",
    "Strike",
    "TeamMember",
    "Term",
    "TermsVersion",
    "UnbanRequest",
]
