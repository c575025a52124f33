"""What people wait for, measured in real browsers against the bars."""
