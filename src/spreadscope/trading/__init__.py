"""Positions, fills and what they earned."""

from __future__ import annotations

from spreadscope.trading.pair_pnl import PairPnl, pair_pnl

__all__ = ["PairPnl", "pair_pnl"]
