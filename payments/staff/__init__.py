"""What staff do about money: refunds that two decide on, evidence, frozen wallets; and how they find things."""
