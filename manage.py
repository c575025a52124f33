#!/usr/bin/env python
"""Run a management command; without DATABASE_URL the embedded PostgreSQL is started for it."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    from config import embedded

    with embedded.postgres_for(sys.argv):
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
