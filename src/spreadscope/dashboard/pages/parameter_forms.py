"""The dialog that changes the model, the windows and the thresholds of a pair, with a preview beside what runs now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd  # type: ignore[import-untyped]  # Streamlit's own charts are made of it
import streamlit as st

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import (
    Parameter,
    ParameterPreview,
    Parameters,
    ParametersBody,
    ParameterTrial,
    ParameterTrialBody,
    SettingKind,
    Space,
    Timeframe,
)
from spreadscope.dashboard.browser_session import collecting_notices, engine
from spreadscope.dashboard.figures import NO_VALUE, TableRow, fixed_text, table
from spreadscope.dashboard.pages.fit_cautions import fit_cautions
from spreadscope.dashboard.text import escape, sentence

ParameterValue = bool | int | float | str
_LABELS = {
    "analytics.hedge": "Hedge model",
    "analytics.space": "Fitted on",
    "analytics.intercept": "With α",
    "analytics.hedge_window": "Hedge window",
    "analytics.z_window": "z window",
    "analytics.correlation_window": "Correlation window",
    "analytics.evidence_window": "Evidence window",
    "analytics.direction": "Direction of the tests",
    "analytics.max_lags": "Most lags",
    "signals.entry": "Entry at |z|",
    "signals.exit": "Exit inside |z|",
    "signals.stop": "Stop at |z|",
    "signals.time_stop_half_lives": "Time stop, half-lives",
    "signals.time_stop_seconds": "Time stop, seconds",
    "signals.scaled": "Trade the scaled z",
    "signals.need_evidence": "Enter only with evidence",
}
_GROUPS = {
    "Model": ("analytics.hedge", "analytics.space", "analytics.intercept", "analytics.direction"),
    "Windows": (
        "analytics.hedge_window", "analytics.z_window", "analytics.correlation_window", "analytics.evidence_window",
    ),
    "Signals": (
        "signals.entry", "signals.exit", "signals.stop", "signals.time_stop_half_lives", "signals.time_stop_seconds",
        "signals.scaled", "signals.need_evidence",
    ),
}  # fmt: skip
_CHOICES = {
    "log": "logarithms of prices", "level": "prices",
    "both": "both, at 2·min p", "y_on_x": "Y on X", "x_on_y": "X on Y",
    "ols": "OLS", "rolling_ols": "rolling OLS", "tls": "total least squares", "ew": "exponentially weighted",
    "kalman": "Kalman filter", "huber": "Huber", "theil_sen": "Theil–Sen",
}  # fmt: skip
PLAIN: dict[str, ParameterValue] = {"analytics.hedge": "ols", "analytics.space": "level", "analytics.intercept": False}
"""The plain regression of prices, Y = βX + ε."""
PREVIEW = "parameter-preview"
OPEN = "parameters-open"


def button(pair: str, timeframe: str, *, disabled: bool) -> None:
    """Draw the button that opens the dialog."""
    if st.button("Model and thresholds", key="open-parameters", disabled=disabled):
        open_dialog(pair, timeframe)


def open_dialog(pair: str, timeframe: str) -> None:
    """Open the dialog for a pair at a timeframe, once in a run of the script."""
    st.session_state.pop(PREVIEW, None)
    _dialog(pair, timeframe)


@st.dialog("Model and thresholds", width="large")
def _dialog(pair: str, timeframe: str) -> None:
    show(pair, timeframe)


def show(pair: str, timeframe: str) -> None:
    """Draw what is in the dialog."""
    change, test = st.tabs(["Change", "Test now"])
    with change:
        _change(pair, timeframe)
    with test:
        _test_now(pair, timeframe)


def scopes(pair: str, timeframe: str) -> dict[str, tuple[str, str]]:
    """Returns what a change may be for: in words, and as pair and timeframe of the layer."""
    return {
        f"{pair} at {timeframe}": (pair, timeframe),
        f"{pair} at all timeframes": (pair, ""),
        f"all pairs at {timeframe}": ("", timeframe),
        "all pairs at all timeframes": ("", ""),
    }


def _change(pair: str, timeframe: str) -> None:
    choices = scopes(pair, timeframe)
    chosen = st.selectbox("For", list(choices), key="parameters-for")
    layer_pair, layer_timeframe = choices[chosen]
    try:
        with engine() as client:
            known = client.parameters(layer_pair, layer_timeframe)
    except (ApiRequestError, EngineDownError) as error:
        st.error(escape(sentence(str(error))))
        return
    place = f"{layer_pair}|{layer_timeframe}"
    given = _fields(known, place)
    layer = changed_layer(known, given)
    own = [each for each in known.parameters if each.layer is not None]
    if own:
        names = ", ".join(_label(each.key) for each in own)
        st.caption(escape(f"Set for {chosen}: {names}. All else is from a wider setting or from the configuration."))
    bar = st.container(horizontal=True)
    if bar.button("Preview", key="parameters-preview", help="The stored bars under both; nothing is changed."):
        st.session_state[PREVIEW] = _preview(pair, timeframe, {**_own_values(pair, timeframe, known), **layer})
    changed = layer != {each.key: each.layer for each in own}
    if bar.button("Apply", key="parameters-apply", type="primary", disabled=not changed):
        _put(chosen, layer_pair, layer_timeframe, layer)
    if bar.button("Reset", key="parameters-reset", disabled=not own, help=f"Take back what is set for {chosen}."):
        _forget(place)
        _put(chosen, layer_pair, layer_timeframe, {})
    st.caption(
        "Thresholds hold from the next bar on. With another model or window the pair begins anew on the bars in"
        " memory, and an open position ends."
    )
    _show_preview()


def _own_values(pair: str, timeframe: str, known: Parameters) -> dict[str, ParameterValue]:
    """Returns what the layer of the shown pair already sets: a preview of a wider change keeps it."""
    if (known.pair, known.timeframe) == (pair, timeframe):
        return {each.key: each.layer for each in known.parameters if each.layer is not None}
    with engine() as client:
        own = client.parameters(pair, timeframe)
    return {each.key: each.layer for each in own.parameters if each.layer is not None}


def changed_layer(known: Parameters, given: dict[str, ParameterValue]) -> dict[str, ParameterValue]:
    """Returns the layer that makes the fields hold: what it sets already, and what differs from what holds now."""
    return {
        each.key: given[each.key]
        for each in known.parameters
        if each.key in given and (each.layer is not None or given[each.key] != each.value)
    }


def _fields(known: Parameters, place: str) -> dict[str, ParameterValue]:
    """Draw a field for each parameter. Returns their values."""
    by_key = {each.key: each for each in known.parameters}
    if st.button(
        "Plain regression of prices: Y = βX + ε", key=f"plain-{place}", help="OLS on prices, without an intercept."
    ):
        for key, value in PLAIN.items():
            st.session_state[_field_key(place, key)] = _shown(by_key[key], value)
    given: dict[str, ParameterValue] = {}
    for title, keys in _GROUPS.items():
        st.markdown(f"**{title}**")
        _draw((by_key[key] for key in keys), place, given, known)
    grouped = {key for keys in _GROUPS.values() for key in keys}
    with st.expander("More"):
        _draw((each for each in known.parameters if each.key not in grouped), place, given, known)
    return given


def _draw(parameters: Iterable[Parameter], place: str, given: dict[str, ParameterValue], known: Parameters) -> None:
    columns = st.columns(4)
    for number, parameter in enumerate(parameters):
        with columns[number % len(columns)]:
            given[parameter.key] = _field(parameter, _field_key(place, parameter.key), known)


def _field(parameter: Parameter, key: str, known: Parameters) -> ParameterValue:
    label, told = _label(parameter.key), f"{parameter.help} Now from {parameter.source}."
    if key not in st.session_state:
        st.session_state[key] = _shown(parameter, parameter.value)
    if parameter.kind is SettingKind.SWITCH:
        return bool(st.toggle(label, key=key, help=told))
    if parameter.kind is SettingKind.CHOICE:
        return str(st.selectbox(label, parameter.choices, key=key, help=told, format_func=_choice))
    if parameter.kind is SettingKind.WINDOW:
        rows = getattr(known.analytics, parameter.key.removeprefix("analytics."), None)
        text = str(st.text_input(label, key=key, help=told, max_chars=12, placeholder="rows or time")).strip()
        st.caption(f"{rows} rows at {known.timeframe}" if rows else "by the timeframe")
        return int(text or 0) if not text or text.isdecimal() else text
    if parameter.kind is SettingKind.WHOLE:
        low, high = (None if bound is None else int(bound) for bound in (parameter.low, parameter.high))
        return int(st.number_input(label, key=key, help=told, min_value=low, max_value=high, step=1))
    step = 0.1 if float(parameter.value) >= 0.1 or not parameter.value else float(parameter.value) / 10
    number = st.number_input(
        label, key=key, help=told, min_value=parameter.low, max_value=parameter.high, step=step, format="%g"
    )
    return float(number)


def _shown(parameter: Parameter, value: ParameterValue) -> Any:
    """Returns a value as its field takes it."""
    if parameter.kind is SettingKind.WINDOW:
        return "" if value == 0 else str(value)
    return float(value) if parameter.kind is SettingKind.NUMBER else value


def _field_key(place: str, key: str) -> str:
    return f"parameter-{place}-{key}"


def _forget(place: str) -> None:
    """Forget what the fields of a layer hold, so that they show what holds."""
    for key in [str(key) for key in st.session_state if str(key).startswith(f"parameter-{place}-")]:
        del st.session_state[key]


def _label(key: str) -> str:
    return _LABELS.get(key, key.partition(".")[2].replace("_", " ").capitalize())


def _choice(value: str) -> str:
    return _CHOICES.get(value, value)


def _put(words: str, pair: str, timeframe: str, values: dict[str, ParameterValue]) -> None:
    _guarded(lambda: _sent(words, pair, timeframe, values))


def _sent(words: str, pair: str, timeframe: str, values: dict[str, ParameterValue]) -> None:
    with engine() as client:
        client.set_parameters(ParametersBody(pair=pair, timeframe=timeframe, values=values))
    with collecting_notices() as add_notice:
        add_notice("success", f"{words}: {'changed' if values else 'reset'}. The chart shows it with the next bar.")
    st.session_state.pop(PREVIEW, None)
    _forget(f"{pair}|{timeframe}")
    st.rerun()


def _preview(pair: str, timeframe: str, values: dict[str, ParameterValue]) -> ParameterPreview | str:
    try:
        with engine() as client:
            body = ParameterTrialBody(pair=pair, timeframe=Timeframe(timeframe), values=values)
            return client.preview_parameters(body)
    except (ApiRequestError, EngineDownError) as error:
        return sentence(str(error))


def _guarded(action: Callable[[], None]) -> None:
    try:
        action()
    except (ApiRequestError, EngineDownError) as error:
        st.error(escape(sentence(str(error))))


def _show_preview() -> None:
    preview = st.session_state.get(PREVIEW)
    if isinstance(preview, str):
        st.error(escape(preview))
    elif isinstance(preview, ParameterPreview):
        if preview.problem:
            st.info(escape(sentence(preview.problem)))
            return
        st.dataframe(table(preview_rows(preview), {}), hide_index=True, key="parameters-figures", height="content")
        st.line_chart(z_frame(preview), height=220, y_label="z")
        for words in fit_cautions(preview.then, preview.timeframe):
            st.warning(escape(words))


def z_frame(preview: ParameterPreview) -> pd.DataFrame:
    """Returns z of both, by time."""
    series = {
        name: pd.Series(trial.z, index=pd.to_datetime(trial.times, unit="ms"), dtype=float)
        for name, trial in (("now", preview.now), ("after the change", preview.then))
    }
    return pd.DataFrame(series)


def preview_rows(preview: ParameterPreview) -> list[TableRow]:
    """Returns a line for what runs now and one for the change."""
    return [_figures("now", preview.now), _figures("after the change", preview.then)]


def _figures(name: str, trial: ParameterTrial) -> TableRow:
    entries = sum(signal.state != "FLAT" for signal in trial.trades)
    windows = trial.analytics
    return {
        "": name,
        "model": f"{_choice(windows.hedge)} on {'prices' if windows.space == Space.LEVEL else 'logarithms'}",
        "hedge and z rows": f"{windows.hedge_window}, {windows.z_window}",
        "β": _number(trial, "beta", 4),
        "z": _number(trial, "z", 2),
        "half-life, s": _number(trial, "half_life", 0),
        "EG p": _probability(trial, "eg_p"),
        "entries": str(entries),
        "of rows": str(len(trial.times)),
    }


def _number(trial: ParameterTrial, key: str, decimals: int) -> str:
    figure = trial.newest.get(key)
    return NO_VALUE if figure is None else _value(figure.value, figure.reason, decimals)


def _probability(trial: ParameterTrial, key: str) -> str:
    text = _number(trial, key, 3)
    return "< 0.001" if text == "0.000" else text


def _test_now(pair: str, timeframe: str) -> None:
    with st.form("test-now", border=False):
        columns = st.columns(3)
        rows = columns[0].number_input("Bars", 40, 10_000, 500, 10, key="test-rows", help="The newest bars.")
        lags = columns[1].text_input(
            "Lags", "aic", key="test-lags", max_chars=3, help="aic chooses them; else a number up to 48."
        )
        trends = {"a constant": "c", "a constant and a trend": "ct"}
        trend = columns[2].selectbox("With", list(trends), key="test-trend")
        asked = st.form_submit_button("Test")
    if not asked:
        return
    try:
        with engine() as client:
            result = client.pair_tests(pair, timeframe, int(rows), lags.strip().lower(), trends[trend])
    except (ApiRequestError, EngineDownError) as error:
        st.error(escape(sentence(str(error))))
        return
    lines: list[TableRow] = [
        {
            "test": test.name,
            "on": test.what,
            "statistic": _value(test.stat.value, test.stat.reason),
            "p": _value(test.pvalue.value, test.pvalue.reason, 4),
            "1%, 5%, 10%": ", ".join(fixed_text(level, 2) for level in test.critical) if test.critical else "–",
            "lags": str(test.lags),
            "n": str(test.n),
        }
        for test in result.tests
    ]
    st.dataframe(table(lines, {}), hide_index=True, key="test-results", height="content")
    st.write(escape(result.words))


def _value(value: float | None, reason: object, decimals: int = 2) -> str:
    return str(reason) if value is None else fixed_text(value, decimals)
