"""The engines Busk brings along, so that `make run` needs nothing but Python."""

from config.embedded.command import postgres_for
from config.embedded.postgres import EmbeddedPostgresError, database_settings, home, start, stop

__all__ = ["EmbeddedPostgresError", "database_settings", "home", "postgres_for", "start", "stop"]
