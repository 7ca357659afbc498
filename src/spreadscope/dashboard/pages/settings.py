"""The settings page: every key of the configuration, where its value is from, what the file says; who changed what."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import Setting, SettingKind, Settings, SettingsBody
from spreadscope.contract.settings import SettingValue
from spreadscope.dashboard import browser_session
from spreadscope.dashboard.browser_session import collecting_notices, engine, show_notices
from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.pages import access_log, waiting
from spreadscope.dashboard.pages.fragments import as_fragment
from spreadscope.dashboard.sign_in import OUT_PATH
from spreadscope.dashboard.text import escape, sentence

SEARCH, AREA = "settings-search", "settings-notices"
_FIELD = "setting-"
_TITLES = {
    "": "What is followed",
    "exchange": "Exchange",
    "history": "History",
    "bars": "Bars",
    "analytics": "Statistics",
    "signals": "Signals",
    "api": "Interface",
    "access": "Access",
    "access.oidc": "Sign-in through a provider",
    "store": "Store",
    "alerts": "Alerts",
    "archive": "Archive",
    "retention": "Retention",
    "paper": "Paper trading",
    "risk": "Risk",
}


def page() -> StreamlitPage:
    """Returns this page, for the navigation."""
    return st.Page(as_fragment(show), title="Settings", url_path="settings")


def show() -> None:
    overview = browser_session.overview()
    if isinstance(overview, str):
        waiting.show_no_engine()
        return
    if overview.problem is not None:
        waiting.show_last_known(overview.problem)
    try:
        with engine() as client:
            settings = client.settings()
            channels = [each.name for each in client.channels()]
    except (ApiRequestError, EngineDownError) as error:
        waiting.show_error(error)
        return
    show_notices(AREA)
    if browser_session.is_signed_in():
        st.markdown(f"This browser is signed in. [Sign out]({base_path()}{OUT_PATH})")
    st.markdown(f"Kept in `{escape(settings.file)}`. A change is written there and holds **from the next start on**.")
    st.caption(
        "The model, windows and thresholds of running pairs change at once with *Model and thresholds* on the live"
        " page. Light or dark is chosen in the menu at the top right, for this browser."
        + (f" Channels of alerts ({', '.join(channels)}) stand in alerts.toml." if channels else "")
    )
    if settings.problem:
        st.error(escape(sentence(f"{settings.problem}. Mend it by hand: nothing is written before")))
    waiting_keys = [each.key for each in settings.settings if each.waits]
    if waiting_keys:
        st.info(escape(f"The file says otherwise than what runs: {', '.join(waiting_keys)}. Start the engine again."))
    words = st.text_input("Search", key=SEARCH, placeholder="retention, z window …", width=320).casefold().split()
    changes = _sections(settings, words)
    bar = st.container(horizontal=True, key="settings-actions")
    count = len(changes)
    label = f"Save {count} change{'s' if count != 1 else ''}" if count else "Save"
    bar.button(label, key="settings-save", type="primary", disabled=not count or bool(settings.problem),
               on_click=_save, args=(settings.seen, changes))  # fmt: skip
    bar.button("Take back", key="settings-back", disabled=not count, on_click=_forget)
    access_log.show()


def _sections(settings: Settings, words: list[str]) -> dict[str, SettingValue | None]:
    """Draw the fields, a section each. Returns what differs from the file, by key."""
    by_section: dict[str, list[Setting]] = {}
    for setting in settings.settings:
        if all(word in f"{setting.key} {setting.help}".casefold().replace("_", " ") for word in words):
            by_section.setdefault(setting.key.rpartition(".")[0], []).append(setting)
    if not by_section:
        st.info(f"No setting has {escape(' and '.join(words))} in its name or its words.")
    changes: dict[str, SettingValue | None] = {}
    for section, found in by_section.items():
        with st.expander(_TITLES.get(section, section.capitalize()), expanded=bool(words) or section == ""):
            for setting in found:
                value = _row(setting)
                if setting.editable and value != _at_work(setting):
                    changes[setting.key] = value
    return changes


def _row(setting: Setting) -> SettingValue:
    field, origin = st.columns([3, 2], vertical_alignment="center")
    with field:
        value = _field(setting)
    with origin:
        st.caption(_origin(setting))
    return value


def _origin(setting: Setting) -> str:
    """Returns where the value is from, in words."""
    source = {
        "command line": "given on the command line, which wins over the file",
        "environment": "from an environment variable, which wins over the file",
        "file": "from the file",
        "default": "the default",
    }[setting.source]
    waits = f"; the file says {text_of(setting.in_file)} from the next start on" if setting.waits else ""
    return escape(f"{setting.key}: {source}{waits}. {setting.help.replace('`', '')}")


def _at_work(setting: Setting) -> SettingValue:
    """Returns what the file says, else what is at work: a field shows what a start would make of the file."""
    return setting.value if setting.in_file is None else setting.in_file


def text_of(value: SettingValue | None) -> str:
    """Returns a value as it stands in a field of text.

    >>> text_of(["BTCUSDT/ETHUSDT", "SOLUSDT/ETHUSDT"]), text_of(True)
    ('BTCUSDT/ETHUSDT, SOLUSDT/ETHUSDT', 'true')
    """
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(value) if isinstance(value, list) else str(value)


def _field(setting: Setting) -> SettingValue:  # noqa: PLR0911 - a field for each kind
    label = setting.key.rpartition(".")[2].replace("_", " ").capitalize()
    key, shown = _FIELD + setting.key, _at_work(setting)
    if not setting.editable:
        text = json.dumps(json.loads(str(shown)), indent=1) if setting.kind is SettingKind.TABLE else str(shown)
        st.text_input(label, text, disabled=True)
        return shown
    if key not in st.session_state:
        st.session_state[key] = _shown(setting, shown)
    if setting.kind is SettingKind.SWITCH:
        return bool(st.toggle(label, key=key))
    if setting.kind is SettingKind.CHOICE:
        return str(st.selectbox(label, setting.choices, key=key))
    if setting.kind is SettingKind.LIST:
        return parse_list(str(st.text_input(label, key=key, placeholder="separated by commas")))
    if setting.kind is SettingKind.WINDOW:
        text = str(st.text_input(label, key=key, placeholder="rows, or a time such as 4h")).strip()
        return int(text or 0) if not text or text.isdecimal() else text
    if setting.kind is SettingKind.WHOLE:
        bounds: dict[str, Any] = {"min_value": _whole(setting.low), "max_value": _whole(setting.high)}
        return int(st.number_input(label, key=key, step=1, **bounds))
    if setting.kind is SettingKind.NUMBER:
        return float(st.number_input(label, key=key, min_value=setting.low, max_value=setting.high, format="%g"))
    return str(st.text_input(label, key=key))


def parse_list(text: str) -> list[str]:
    """Returns the items of a text.

    >>> parse_list(" BTCUSDT/ETHUSDT,  SOLUSDT/ETHUSDT ,")
    ['BTCUSDT/ETHUSDT', 'SOLUSDT/ETHUSDT']
    """
    return [item.strip() for item in text.split(",") if item.strip()]


def _whole(bound: float | None) -> int | None:
    return None if bound is None else int(bound)


def _shown(setting: Setting, value: SettingValue) -> Any:
    if setting.kind is SettingKind.LIST:
        return text_of(value)
    if setting.kind is SettingKind.WINDOW:
        return "" if value == 0 else str(value)
    return float(value) if setting.kind is SettingKind.NUMBER and not isinstance(value, list) else value


def _save(seen: str, changes: dict[str, SettingValue | None]) -> None:
    with collecting_notices(AREA) as add_notice, engine() as client:
        client.set_settings(SettingsBody(seen=seen, values=changes))
        add_notice("success", f"Saved: {', '.join(changes)}. It holds from the next start of the engine on.")
        _forget()


def _forget() -> None:
    for key in [str(key) for key in st.session_state if str(key).startswith(_FIELD)]:
        del st.session_state[key]
