"""The study of one pair over any range of bars: what the live engine would have said of it, and what lies behind."""
