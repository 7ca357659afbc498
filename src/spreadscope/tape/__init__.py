"""The tape of one symbol: which aggregate ids we hold, which are missing, and each trade once."""
