"""Every pair of a panel at once, from second moments.

engle_granger_all(log_prices, lags=1 | "aic", max_lags=None, *, both=True, threads=1) -> PanelResult
"""

from __future__ import annotations

from spreadscope.stats.panel.engle_granger_all import PanelResult, engle_granger_all

__all__ = ["PanelResult", "engle_granger_all"]
