"""Signals: a state machine turns z into BUY_SPREAD, SELL_SPREAD and EXIT."""

from spreadscope.signals.machine import SignalMachine, SignalStep, signal_actions

__all__ = ["SignalMachine", "SignalStep", "signal_actions"]
