"""Benchmarks: rates as ratios to peers and to the limit, measured in the same run. ``make bench`` runs them all."""
