from django.apps import AppConfig


class StreamsConfig(AppConfig):
    name = "streams"

    def ready(self) -> None:
        from core.metrics import register_database_metrics
        from realtime.presence import register_presence, register_viewer_count
        from streams import handlers, people, sessions, signals  # noqa: F401
        from streams.me import handlers as me_handlers  # noqa: F401
        from streams.metrics import LiveStreams

        register_presence(sessions.book)
        register_viewer_count(sessions.recount)
        register_database_metrics(LiveStreams())
