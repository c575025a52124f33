"""Payments are made at the sandbox's provider, by people whose accounts are not of today."""

from tests.payments.stripe.conftest import bob, bobs, sandbox

__all__ = ["bob", "bobs", "sandbox"]
