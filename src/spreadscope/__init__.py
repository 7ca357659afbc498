"""Spreadscope: a workstation for pairs trading on Binance USD-M futures."""

__version__ = "0.1.0"
