"""Rooms as sockets see them: hub, frames, sequence, presence. Knows no app above it."""

from typing import Final
from uuid import UUID

# The room behind /ws/live/, where the grid of live streams moves.
LOBBY: Final = UUID("00000000-0000-7000-8000-000000000001")
