"""What creators see of their earnings, and what keeps those honest: shared cards, and single senders."""
