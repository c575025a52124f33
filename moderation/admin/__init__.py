"""Staff's part of moderation: reports, decisions, appeals, what people were told, who waits for a release."""

from moderation.admin import appeals, cases, decisions, streams  # noqa: F401
