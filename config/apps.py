from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        # `shared_task` binds to the application that exists by then; checks register on import.
        from config import celery, checks, roles, sentry  # noqa: F401

        sentry.start()
