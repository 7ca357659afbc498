"""Open, high, low, close and volume bars of 1 s, 1 m and 5 m made from trades: half-open, in event time, revised by
late trades."""
