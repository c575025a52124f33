from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from chat import approvals, commands, handlers, people, reports, telling  # noqa: F401
        from chat.rooms import StreamRooms
        from realtime.hub import hub

        hub.register_source(StreamRooms())
