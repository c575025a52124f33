"""Tips: money for a creator at once, with a message that the chat shows."""
