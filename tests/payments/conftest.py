import importlib

import pytest
from django.apps import apps

from gifts.models import Gift


@pytest.fixture
def catalogue(db) -> dict[str, Gift]:
    """The gifts of the first migration, by sku; a test that flushed the database took them away."""
    importlib.import_module("gifts.migrations.0002_send").seed(apps, None)
    return {gift.sku: gift for gift in Gift.objects.all()}
