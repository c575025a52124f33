"""Gifts a second to one creator from 1,000 senders: the whole ``gift_send``, and the plain design beside it.

Both ask ``streams.access``, take coins from lots, write the same entries, the gift and its fact. The peer does it as
one would at first: with the ORM, and locks on both wallets.
"""
