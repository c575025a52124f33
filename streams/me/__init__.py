"""What concerns one person, on whatever device: the socket /ws/me/, and tickets for those who cannot send headers.

Its room has the person's own id. Apps above tell people things by publishing there.
"""
