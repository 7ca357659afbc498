"""Positions, fills, and their profit and loss."""

from __future__ import annotations

from spreadscope.trading.pair_pnl import PairPnl, pair_pnl

__all__ = ["PairPnl", "pair_pnl"]
