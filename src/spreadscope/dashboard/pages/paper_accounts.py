"""The choice of a paper account, and the dialogs that open one and change its settings."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import AccountSetting, PairTradingMode, PaperAccount, SettingKind, TradingModeBody
from spreadscope.dashboard.browser_session import collecting_notices, engine
from spreadscope.dashboard.pages import paper_dialogs
from spreadscope.dashboard.pages.paper_dialogs import Dialog
from spreadscope.dashboard.text import escape, sentence

ACCOUNT = "paper-account"
"""The session key of the account that the pages show."""
_WANTED = "paper-account-wanted"
"""The session key of an account to show from the next run on: a choice that is drawn already cannot be changed."""
NAME = "dialog-account-name"
COPY_OF, _DEFAULTS = "dialog-account-copy-of", "the defaults"
LONGEST_NAME = 40
SettingValue = bool | int | float | str

_GROUPS = {
    "Money and size": ("cash", "notional", "execution", "maker_fee_bps", "taker_fee_bps"),
    "Limits": (
        "max_leverage", "max_trades", "max_symbol_share", "daily_loss_percent", "drawdown_percent", "margin_percent",
        "kill_flattens", "messages",
    ),
}  # fmt: skip
_LABELS = {
    "cash": "Cash, USDT",
    "notional": "Size of leg y, USDT",
    "execution": "Execution",
    "maker_fee_bps": "Maker fee, bps",
    "taker_fee_bps": "Taker fee, bps",
    "max_leverage": "Leverage at most",
    "max_trades": "Open trades at most",
    "max_symbol_share": "One symbol, % of equity",
    "daily_loss_percent": "Loss of the day, %",
    "drawdown_percent": "Drawdown, %",
    "margin_percent": "Margin, %",
    "kill_flattens": "Kill switch closes what is open",
    "messages": "Messages to channels and screen",
}


def chosen() -> str:
    """Returns the name of the account that the pages show; empty before there is one."""
    return str(st.session_state.get(ACCOUNT) or "")


def known() -> str:
    """Returns the account that other pages show: the chosen one, else the first; empty where no engine tells of one."""
    if chosen():
        return chosen()
    try:
        with engine() as client:
            return next((account.name for account in client.paper_accounts()), "")
    except (ApiRequestError, EngineDownError):
        return ""  # the page says itself that no engine answers


def choose(row: DeltaGenerator, accounts: Sequence[PaperAccount]) -> PaperAccount | None:
    """Draw the choice of an account. Returns it; None where there is none."""
    by_name = {account.name: account for account in accounts}
    if not by_name:
        return None
    if (wanted := st.session_state.pop(_WANTED, None)) in by_name:
        st.session_state[ACCOUNT] = wanted
    if chosen() not in by_name:
        st.session_state[ACCOUNT] = accounts[0].name
    name = row.selectbox(
        "Account", list(by_name), key=ACCOUNT, label_visibility="collapsed", width=240, persist_state="session"
    )
    return by_name[str(name)]


@st.dialog("New paper account", width="large", on_dismiss=paper_dialogs.dismissed(Dialog.NEW_ACCOUNT))
def new_account_dialog(accounts: Sequence[PaperAccount]) -> None:
    """Draw the form. A copy of another account, with what one would change in it, trades the same signals beside it."""
    st.caption("Paper money: orders are simulated at live quotes, with fees, slippage and funding. Nothing is sent.")
    row = st.container(horizontal=True)
    name = row.text_input("Name", key=NAME, max_chars=LONGEST_NAME, placeholder="my strategy", width=320)
    by_name = {account.name: account for account in accounts}
    chosen_source = row.selectbox(
        "Begin with", [_DEFAULTS, *by_name], key=COPY_OF, width=240,
        help="An account's settings, and its modes: the copy trades the same signals from now on, with its own money.",
    )  # fmt: skip
    source = by_name.get(str(chosen_source))
    now: dict[str, SettingValue] = {} if source is None else msgspec.to_builtins(source.settings)
    given = _fields(now, of="" if source is None else source.name)
    if given is None:
        return
    values, known = given
    changes = {key: value for key, value in values.items() if value != known[key].value}
    if st.button("Open account", key="dialog-open-account", type="primary", disabled=not name.strip()):
        _put(
            name.strip(), changes, f"The paper account {name.strip()} is open.", [] if source is None else source.modes
        )


@st.dialog("Account settings", width="large", on_dismiss=paper_dialogs.dismissed(Dialog.SETTINGS))
def settings_dialog(account: PaperAccount) -> None:
    st.caption(
        f"Of the paper account {escape(account.name)}. A change holds for orders from now on; its cash was paid in when"
        " it was opened."
    )
    now: dict[str, SettingValue] = msgspec.to_builtins(account.settings)
    given = _fields(now, leave_out=("cash",))
    if given is None:
        return
    values, _ = given
    changes = {key: value for key, value in values.items() if value != now[key]}
    if st.button("Save", key="dialog-save-account", type="primary", disabled=not changes):
        _put(account.name, changes, f"The settings of {account.name} are changed.")


def _fields(
    now: dict[str, SettingValue], leave_out: Sequence[str] = (), of: str = ""
) -> tuple[dict[str, SettingValue], dict[str, AccountSetting]] | None:
    """Draw a field for each setting, with the value ``now``, which is that ``of`` another account where one is named.
    Returns their values, and what they are."""
    try:
        with engine() as client:
            known = {each.key: each for each in client.paper_settings() if each.key not in leave_out}
    except (ApiRequestError, EngineDownError) as error:
        st.error(escape(sentence(str(error))))
        return None
    values: dict[str, SettingValue] = {}
    for title, keys in _GROUPS.items():
        st.markdown(f"**{title}**")
        _draw([known[key] for key in keys if key in known], now, values, of)
    grouped = {key for keys in _GROUPS.values() for key in keys}
    with st.expander("How orders are simulated"):
        _draw([each for key, each in known.items() if key not in grouped], now, values, of)
    return values, known


def _draw(
    settings: Sequence[AccountSetting], now: dict[str, SettingValue], values: dict[str, SettingValue], of: str
) -> None:
    columns = st.columns(4)
    for number, setting in enumerate(settings):
        with columns[number % len(columns)]:
            values[setting.key] = _field(setting, now.get(setting.key, setting.value), of)


def _field(setting: AccountSetting, value: SettingValue, of: str) -> SettingValue:
    label = label_of(setting.key)
    # A field keeps what was typed in it: begun with another account, it is another field.
    key, told = f"dialog-setting-{of}-{setting.key}" if of else f"dialog-setting-{setting.key}", setting.help
    if setting.kind is SettingKind.SWITCH:
        return st.toggle(label, value=bool(value), key=key, help=told)
    if setting.kind is SettingKind.CHOICE:
        return str(st.selectbox(label, setting.choices, index=setting.choices.index(str(value)), key=key, help=told))
    if setting.kind is SettingKind.WHOLE:
        low, high = (None if bound is None else int(bound) for bound in (setting.low, setting.high))
        whole = st.number_input(label, key=key, help=told, min_value=low, max_value=high, value=int(value), step=1)
        return int(whole)
    number = st.number_input(
        label, key=key, help=told, min_value=setting.low, max_value=setting.high, value=float(value), format="%g"
    )
    return float(number)


def label_of(key: str) -> str:
    """Returns the words for a setting of an account."""
    return _LABELS.get(key, key.replace("_", " ").capitalize())


def _put(name: str, changes: dict[str, SettingValue], told: str, modes: Sequence[PairTradingMode] = ()) -> None:
    """Open an account or change its settings, then set its modes."""
    try:
        with engine() as client:
            account = client.put_paper_account(name, changes)
            for each in modes:
                body = TradingModeBody(pair=each.pair, timeframe=each.timeframe, mode=each.mode)
                client.set_paper_mode(account.name, body)
    except (ApiRequestError, EngineDownError) as error:
        st.error(escape(sentence(str(error))))
        return
    with collecting_notices() as add_notice:
        add_notice("success", told)
    st.session_state[_WANTED] = account.name
    paper_dialogs.close()
    st.rerun()
