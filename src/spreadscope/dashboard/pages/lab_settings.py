"""The parameters of a study as controls: two sets at most, each over the engine's own settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from spreadscope.contract import HedgeName, ParameterSet, Space

SETS = ("a", "b")
COMPARE = "lab-compare"
FEE = "fee"
DEFAULT_FEE = 5.0

Setting = float | bool | str


@dataclass(frozen=True)
class Control:
    """One control. ``choices`` makes it a list; a ``step`` a number (whole for a whole step); else it is a switch."""

    key: str
    label: str
    help: str
    choices: tuple[str, ...] = ()
    step: float | None = None


_MODELS = tuple(str(name) for name in HedgeName)
GROUPS: dict[str, tuple[Control, ...]] = {
    "Hedge": (
        Control("analytics.hedge", "Hedge model", "How β is fitted. Signals act on its spread.", _MODELS),
        Control(
            "analytics.space", "Fitted on", "Logarithms (β is a ratio of values), or prices (β is a ratio of units).",
            tuple(str(space) for space in Space),
        ),
        Control("analytics.direction", "Direction", "Which leg is explained by which.", ("both", "y_on_x", "x_on_y")),
        Control("analytics.intercept", "Intercept", "Y = α + βX; without it Y = βX."),
    ),
    "Windows (rows)": (
        Control("analytics.hedge_window", "Hedge window", "Rows that β is fitted to.", step=10),
        Control("analytics.z_window", "z window", "Rows before the newest that z is measured by.", step=10),
        Control("analytics.correlation_window", "Correlation window", "Rows of returns.", step=10),
        Control("analytics.evidence_window", "Evidence window", "Rows of the looks; 0: by the timeframe.", step=60),
    ),
    "Signals": (
        Control("signals.entry", "Entry", "A position is entered at |z| of this or more.", step=0.1),
        Control("signals.exit", "Exit", "It is left when z is back inside this.", step=0.1),
        Control("signals.stop", "Stop", "It is left at a loss at |z| of this or more.", step=0.1),
        Control("signals.time_stop_half_lives", "Time stop (half-lives)", "Left after so many; 0: never.", step=0.5),
    ),
    "Rules of entry": (
        Control("signals.time_stop_seconds", "Time stop (seconds)", "In place of half-lives, unless 0.", step=60.0),
        Control("signals.scaled", "Scaled z", "Signals act on z over its own width."),
        Control("signals.need_evidence", "Only with evidence", "Entries only while the looks call the pair tied."),
    ),
}  # fmt: skip
CONTROLS = tuple(control for group in GROUPS.values() for control in group)


def widget_key(letter: str, key: str) -> str:
    """Returns the session key of a control of a set."""
    return f"lab-{letter}-{key}"


def address_key(letter: str, key: str) -> str:
    """Returns the name of a setting in the address, such as ``a.entry``."""
    return f"{letter}.{key.partition('.')[2] or key}"


def set_defaults(defaults: Mapping[str, Setting], address: Mapping[str, str]) -> list[str]:
    """Give every control that has no value yet that of the address, else the engine's. Returns what cannot be read."""
    known = {address_key(letter, key) for letter in SETS for key in [FEE, *(each.key for each in CONTROLS)]}
    unread = [f"{name}={given}" for name, given in address.items() if name[:2] in {"a.", "b."} and name not in known]
    for letter in SETS:
        for control in CONTROLS:
            key = widget_key(letter, control.key)
            if control.key not in defaults or key in st.session_state:
                continue
            given = address.get(address_key(letter, control.key))
            value = defaults[control.key]
            if given is not None:
                read = _read(control, given, value)
                if read is None:
                    unread.append(f"{address_key(letter, control.key)}={given}")
                else:
                    value = read
            st.session_state[key] = _typed(control, value)
        fee = widget_key(letter, FEE)
        if fee not in st.session_state:
            given = address.get(address_key(letter, FEE))
            number = None if given is None else _number(given)
            if given is not None and number is None:
                unread.append(f"{address_key(letter, FEE)}={given}")
            st.session_state[fee] = DEFAULT_FEE if number is None else number
    if COMPARE not in st.session_state:
        st.session_state[COMPARE] = any(name.startswith("b.") for name in address)
    return unread


def draw(defaults: Mapping[str, Setting]) -> None:
    """Draw the controls of one set, or of two beside each other."""
    st.checkbox("Compare with a second set of parameters", key=COMPARE)
    letters = SETS if st.session_state[COMPARE] else SETS[:1]
    for letter in letters:
        if len(letters) > 1:
            st.markdown(f"**Set {letter.upper()}**")
        _draw_set(letter, defaults)


def _draw_set(letter: str, defaults: Mapping[str, Setting]) -> None:
    for column, (group, controls) in zip(st.columns(len(GROUPS)), GROUPS.items(), strict=True):
        column.caption(group)
        for control in controls:
            if control.key in defaults:
                _draw_control(column, letter, control)
        if group == "Rules of entry":
            column.number_input(
                "Fee of a fill (bp)", key=widget_key(letter, FEE), step=0.5, format="%g",
                help="Basis points of what is traded. Four fills make a round trip.",
            )  # fmt: skip


def _draw_control(column: DeltaGenerator, letter: str, control: Control) -> None:
    key = widget_key(letter, control.key)
    if control.choices:
        column.selectbox(control.label, control.choices, key=key, help=control.help)
    elif control.step is None:
        column.toggle(control.label, key=key, help=control.help)
    elif isinstance(control.step, int):
        column.number_input(control.label, key=key, step=control.step, help=control.help)
    else:
        column.number_input(control.label, key=key, step=control.step, format="%g", help=control.help)


def chosen_sets(defaults: Mapping[str, Setting]) -> tuple[ParameterSet, ...]:
    """Returns the sets as they stand in the controls: what differs from the engine's settings is named."""
    letters = SETS if st.session_state.get(COMPARE) else SETS[:1]
    return tuple(
        ParameterSet(settings=_changed(letter, defaults), fee_bps=float(st.session_state[widget_key(letter, FEE)]))
        for letter in letters
    )


def for_address(defaults: Mapping[str, Setting]) -> dict[str, str]:
    """Returns the sets for the address of the page."""
    shown: dict[str, str] = {}
    for letter, parameters in zip(SETS, chosen_sets(defaults), strict=False):
        for key, value in parameters.settings.items():
            shown[address_key(letter, key)] = str(value).lower() if isinstance(value, bool) else f"{value}"
        if parameters.fee_bps != DEFAULT_FEE or letter == "b":
            shown[address_key(letter, FEE)] = f"{parameters.fee_bps:g}"
    return shown


def _changed(letter: str, defaults: Mapping[str, Setting]) -> dict[str, Setting]:
    values = {
        control.key: st.session_state[widget_key(letter, control.key)]
        for control in CONTROLS
        if control.key in defaults
    }
    return {key: value for key, value in values.items() if value != _typed(_control(key), defaults[key])}


def _control(key: str) -> Control:
    return next(control for control in CONTROLS if control.key == key)


def _typed(control: Control, value: Setting) -> Setting:
    """Returns a value in the type of its control."""
    if control.choices:
        return str(value)
    if control.step is None:
        return bool(value)
    return int(float(value)) if isinstance(control.step, int) else float(value)


def _read(control: Control, text: str, default: Setting) -> Setting | None:
    if control.choices:
        return text if text in control.choices else None
    if control.step is None:
        return {"true": True, "false": False}.get(text.lower())
    number = _number(text)
    if number is None or (isinstance(default, int) and not number.is_integer()):
        return None
    return number


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None
