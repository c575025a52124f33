"""Claiming passes from the loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache

from realtime.passes import JoinPass, join_pass_claim


async def claim(token: str) -> JoinPass:
    """Use up a pass without holding up the loop where tickets are behind a network. Raises: PassRefused."""
    if isinstance(caches["tickets"], LocMemCache):
        return join_pass_claim(token)
    return await asyncio.get_running_loop().run_in_executor(_claimers(), join_pass_claim, token)


@cache
def _claimers() -> ThreadPoolExecutor:
    """Threads of their own: a wave of viewers must wait for its turn, not be told that services are busy."""
    return ThreadPoolExecutor(4, thread_name_prefix="tickets")
