from django.apps import AppConfig


class StreamsConfig(AppConfig):
    name = "streams"

    def ready(self) -> None:
        from realtime.presence import register_presence, register_viewer_count
        from streams import handlers, metrics, people, sessions, signals  # noqa: F401
        from streams.encoders import handlers as encoders_handlers  # noqa: F401
        from streams.me import handlers as me_handlers  # noqa: F401

        register_presence(sessions.book)
        register_viewer_count(sessions.recount)
