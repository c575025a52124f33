from core.errors import Conflict


class TeamFull(Conflict):
    """As many as ``details.most`` are in the team or invited to it."""

    code = "team_full"
