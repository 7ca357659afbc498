"""The backtest page alone, as a script."""

from spreadscope.dashboard.pages import backtest

backtest.show()
