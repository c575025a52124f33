"""What every door of the API shares."""
