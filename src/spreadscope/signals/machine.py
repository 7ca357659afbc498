"""The signal of one pair: a state machine over z.

FLAT enters at ``|z| ≥ entry`` (z > 0: SELL_SPREAD, z < 0: BUY_SPREAD), never while ``|z| ≥ stop``. SHORT exits at ``z ≤
exit``, LONG at ``z ≥ −exit``. At ``|z| ≥ stop`` against the position it exits and stays locked out until ``|z| <
entry``. A time stop exits too, with the same lock-out. An undefined z (None) changes nothing. There is one action for
each row, so a position is never reversed without an EXIT.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from spreadscope.model.errors import StatisticsError
from spreadscope.model.states import Action, Cause, SignalState


@dataclass(frozen=True, slots=True)
class SignalStep:
    """An action at one row, with its reason."""

    action: Action
    state: SignalState
    cause: str = ""
    kind: Cause = Cause.ENTRY


class SignalMachine:
    """A state machine of one pair's signal. ``update`` takes the z of each row.

    >>> machine = SignalMachine(entry=2.0, exit_level=0.5, stop=4.0)
    >>> [machine.update(z).action.value for z in (1.9, 2.5, 0.4)]
    ['HOLD', 'SELL_SPREAD', 'EXIT']
    """

    def __init__(self, *, entry: float, exit_level: float, stop: float) -> None:
        self.set_levels(entry=entry, exit_level=exit_level, stop=stop)
        self.state = SignalState.FLAT
        self.locked_out = False
        self._expires: int | None = None

    def set_levels(self, *, entry: float, exit_level: float, stop: float) -> None:
        """Set the thresholds from the next row on; a position stays, with the time stop of its entry."""
        if not 0 <= exit_level < entry < stop:
            raise StatisticsError(f"signals need 0 <= exit < entry < stop, not {exit_level}, {entry}, {stop}")
        self._entry, self._exit, self._stop = entry, exit_level, stop

    def update(
        self, z: float | None, *, time: int = 0, hold_for: int | None = None, may_enter: bool = True
    ) -> SignalStep:
        """Take one row. Returns its step. ``hold_for`` (ms) sets the time stop at entry; ``may_enter``: False when a
        leg is stale."""
        if z is None:
            return SignalStep(Action.HOLD, self.state)
        if self.state is SignalState.FLAT:
            return self._update_flat(z, time, hold_for, may_enter=may_enter)
        return self._update_position(z, time)

    def resume(
        self, state: SignalState, *, time: int = 0, hold_for: int | None = None, locked_out: bool = False
    ) -> None:
        """Resume the state of an earlier run: a position entered at ``time`` (ms), to be held ``hold_for`` (ms) at
        most, or no position. ``locked_out``: a stop still prevents an entry."""
        self.state = state
        self._expires = time + hold_for if hold_for and state is not SignalState.FLAT else None
        self.locked_out = locked_out and state is SignalState.FLAT

    def reset(self) -> None:
        """Drop the position: nothing would watch it any more."""
        self.state, self._expires = SignalState.FLAT, None

    def _update_flat(self, z: float, time: int, hold_for: int | None, *, may_enter: bool) -> SignalStep:
        if self.locked_out:
            if abs(z) < self._entry:
                self.locked_out = False
            return SignalStep(Action.HOLD, self.state)
        if not may_enter or not self._entry <= abs(z) < self._stop:
            return SignalStep(Action.HOLD, self.state)
        self._expires = time + hold_for if hold_for else None
        self.state = SignalState.SHORT if z > 0 else SignalState.LONG
        action = Action.SELL_SPREAD if z > 0 else Action.BUY_SPREAD
        return SignalStep(action, self.state, f"z {z:+.2f} beyond ±{self._entry:g}")

    def _update_position(self, z: float, time: int) -> SignalStep:
        side = 1.0 if self.state is SignalState.SHORT else -1.0
        if side * z >= self._stop:
            return self._exit_position(Cause.STOP, f"stop: z {z:+.2f} beyond {side * self._stop:+g}")
        if side * z <= self._exit:
            return self._exit_position(Cause.BACK_INSIDE, f"z {z:+.2f} back inside {side * self._exit:+g}")
        if self._expires is not None and time >= self._expires:
            return self._exit_position(Cause.TIME_STOP, "time stop")
        return SignalStep(Action.HOLD, self.state)

    def _exit_position(self, kind: Cause, text: str) -> SignalStep:
        self.state, self._expires, self.locked_out = SignalState.FLAT, None, kind.locks_out
        return SignalStep(Action.EXIT, self.state, text, kind)


def signal_actions(
    z: Iterable[float | None], *, entry: float = 2.0, exit_level: float = 0.5, stop: float = 4.0
) -> list[Action]:
    """Returns the action of every row of a z series: the batch version of ``SignalMachine``.

    >>> [action.value for action in signal_actions([None, -2.5, -0.5])]
    ['HOLD', 'BUY_SPREAD', 'EXIT']
    """
    machine = SignalMachine(entry=entry, exit_level=exit_level, stop=stop)
    return [machine.update(value).action for value in z]
