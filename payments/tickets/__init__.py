"""Tickets: what a stream costs, who has paid for it, and on which device they watch."""
