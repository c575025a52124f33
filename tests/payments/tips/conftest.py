"""Tips are given to the sandbox's provider, and by people whose accounts are not of today."""

from tests.payments.stripe.conftest import bob, bobs, sandbox

__all__ = ["bob", "bobs", "sandbox"]
