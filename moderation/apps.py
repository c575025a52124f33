from django.apps import AppConfig


class ModerationConfig(AppConfig):
    name = "moderation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from moderation import gates, trail  # noqa: F401
        from moderation.bans import handlers as ban_handlers  # noqa: F401
        from moderation.bans import people as ban_people  # noqa: F401
        from moderation.held import handlers as held_handlers  # noqa: F401
        from moderation.held import people as held_people  # noqa: F401
        from moderation.legal import tasks as legal_tasks  # noqa: F401
        from moderation.modes import handlers as modes_handlers  # noqa: F401
        from moderation.reports import deciding, holds, retention  # noqa: F401
        from moderation.reports import handlers as report_handlers  # noqa: F401
        from moderation.reports import tasks as report_tasks  # noqa: F401
        from moderation.team import handlers as team_handlers  # noqa: F401
        from moderation.team import people as team_people  # noqa: F401
