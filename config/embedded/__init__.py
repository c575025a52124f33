"""The engines Busk brings along, so that `make run` needs nothing but Python."""
