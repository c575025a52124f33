"""A stand-in for Stripe: an own server that speaks its HTTP API for what Busk uses, and moves no real money.

The gateway and the library that talk to it are those that talk to Stripe. It knows nothing of Busk's models. What it
does is our reading of Stripe's documentation; that requests have Stripe's shape, stripe-mock says in the tests.
"""
