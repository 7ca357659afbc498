"""z → BUY_SPREAD / SELL_SPREAD / EXIT."""

from spreadscope.signals.machine import SignalMachine, SignalStep, signal_actions

__all__ = ["SignalMachine", "SignalStep", "signal_actions"]
