"""``manage.py transparency <year>``: the yearly report, as CSV on standard output."""

import csv
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from moderation.legal.transparency import year_rows


class Command(BaseCommand):
    help = "Counts of reports, notices, decisions and appeals of a year, as CSV: what, by, which, count."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("year", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerow(["what", "by", "which", "count"])
        writer.writerows(year_rows(options["year"]))
