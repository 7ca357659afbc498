"""Snapshots: the state of an online estimator as plain JSON values that restore to the same bits."""

from __future__ import annotations

from spreadscope.model.errors import StatisticsError

#: JSON writes a float with ``repr``, which reads back to the same bits.
Value = float | int | str | bool | None | list[float] | list[list[float]]
State = dict[str, Value]


def expect(state: State, kind: str) -> None:
    """Refuse the snapshot of another estimator."""
    if state.get("kind") != kind:
        raise StatisticsError(f"this is a snapshot of {state.get('kind')!r}, not of {kind!r}")


def number(state: State, key: str) -> float:
    """Returns a float of a snapshot."""
    value = state.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise StatisticsError(f"the snapshot has no number {key!r}; it was written by another version")
    return float(value)


def optional(state: State, key: str) -> float | None:
    """Returns a float of a snapshot, or None."""
    return None if state.get(key) is None else number(state, key)


def integer(state: State, key: str) -> int:
    """Returns a whole number of a snapshot."""
    return int(number(state, key))


def flag(state: State, key: str) -> bool:
    """Returns a truth value of a snapshot."""
    value = state.get(key)
    if not isinstance(value, bool):
        raise StatisticsError(f"the snapshot has no flag {key!r}; it was written by another version")
    return value


def floats(state: State, key: str) -> list[float]:
    """Returns a list of floats of a snapshot."""
    value = state.get(key)
    if not isinstance(value, list):
        raise StatisticsError(f"the snapshot has no list {key!r}; it was written by another version")
    return [float(v) for v in value if isinstance(v, (int, float))]
