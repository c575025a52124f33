"""Encoders such as OBS, in place of a browser's camera: by WHIP with the stream key, or by RTMP.

See docs/encoders.md. Only with LiveKit; the built-in relay has no door for them.
"""
