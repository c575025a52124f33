"""Segments of 320 KB over HTTP: the relay's ASGI application under uvicorn, on one core.

Peers in the same run, over the same files: nginx with sendfile where it is installed, and an ASGI application that
reads each file in a thread, as the file responses of web frameworks do.
"""
