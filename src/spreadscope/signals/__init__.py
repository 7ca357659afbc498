"""z → BUY_SPREAD / SELL_SPREAD / EXIT."""

from spreadscope.signals.machine import SignalMachine, SignalStep, locks_out, signal_actions

__all__ = ["SignalMachine", "SignalStep", "locks_out", "signal_actions"]
