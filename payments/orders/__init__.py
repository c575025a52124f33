"""The way money comes in: orders, their payment at the provider, refunds, receipts, and what the provider tells."""
