"""The engines Busk brings along, so that `make run` needs nothing but Python."""

from config.embedded.command import postgres_for
from config.embedded.postgres import database_settings, start, stop

__all__ = ["database_settings", "postgres_for", "start", "stop"]
