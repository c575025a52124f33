from typing import Any

import pytest
from django.utils import timezone


@pytest.fixture
def still_window(time_machine: Any) -> None:
    """Stand in the middle of a window of half a minute, so that none ends during the test."""
    time_machine.move_to(timezone.now().replace(second=10, microsecond=0), tick=False)
