"""Every pair of a panel at once, from second moments.

engle_granger_all(log_prices, lags=1 | "aic", max_lags=None, *, both=True, threads=1) -> PanelResult
MovingPanel(symbols, window).update(log_prices) -> PanelRow; .start_kalman(); .update_kalman(log_prices)
"""

from __future__ import annotations

from spreadscope.stats.panel.engle_granger_all import PanelResult, engle_granger_all
from spreadscope.stats.panel.moving import MovingPanel, PanelKalmanRow, PanelRow

__all__ = ["MovingPanel", "PanelKalmanRow", "PanelResult", "PanelRow", "engle_granger_all"]
