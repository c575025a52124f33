from django.apps import AppConfig


class GiftsConfig(AppConfig):
    name = "gifts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gifts import goals, handlers, people, standings  # noqa: F401
