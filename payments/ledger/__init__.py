"""The double-entry ledger: accounts, transactions, entries. Knows no order, gift or provider."""
