"""Trades → OHLCV bars of 1 s, 1 m and 5 m: half-open, in event time, revised by late trades."""
