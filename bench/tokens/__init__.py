"""Tokens for LiveKit's rooms, and the checks of the door before it: requests of signed-in viewers over HTTP.

The peer in the same run and process is what LiveKit's guides show: a view that signs a token and asks nobody.
"""
