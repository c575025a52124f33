"""Staff's part of moderation: reports, decisions, appeals, what people were told, who waits for a
release, and the terms that hold everywhere."""

from moderation.admin import appeals, bans, cases, decisions, legal, streams, terms  # noqa: F401
