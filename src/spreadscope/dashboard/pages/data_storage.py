"""What the store takes on the disk, by kind, and what another retention would free."""

from __future__ import annotations

import streamlit as st

from spreadscope.client import ApiRequestError, EngineDownError
from spreadscope.contract import MOST_KEPT_DAYS, KindSize, Retained, Storage
from spreadscope.dashboard.browser_session import engine
from spreadscope.dashboard.figures import TableRow
from spreadscope.dashboard.pages import waiting
from spreadscope.dashboard.text import escape, utc

TRADES_DAYS, ANALYTICS_DAYS = "kept-trades", "kept-analytics"


def show() -> None:
    asked = st.session_state.get(TRADES_DAYS), st.session_state.get(ANALYTICS_DAYS)
    try:
        with engine() as client, st.spinner("Measuring the store …"):
            storage = client.storage(*asked)
    except (ApiRequestError, EngineDownError) as error:
        waiting.show_error(error)
        return
    growth = sum(kind.a_day or 0 for kind in storage.kinds)
    grows = f"; the archive grows by {size_text(growth)} a day" if growth else ""
    st.markdown(
        f"**{size_text(storage.total)}** in {escape(storage.data)}, {size_text(storage.disk_free)} free on its "
        f"disk{grows}. {size_text(storage.free)} of the database are free and used again."
    )
    st.dataframe([_row(kind) for kind in storage.kinds], hide_index=True, key="storage")
    st.caption(f"Measured {utc(storage.measured)[:19]} UTC; open days lie in the database, closed ones in the archive.")
    _retention(storage)


def size_text(size: int) -> str:
    """Returns a size as people read it.

    >>> size_text(999), size_text(12_400_000_000), size_text(1_500_000)
    ('999 B', '12.4 GB', '1.5 MB')
    """
    value, unit = float(size), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 999.95:
            break
        value, unit = value / 1000, larger
    return f"{value:.0f} B" if unit == "B" else f"{value:,.1f} {unit}"


def _row(kind: KindSize) -> TableRow:
    span = f"{kind.first_day} to {kind.last_day}" if kind.first_day else ""
    return {
        "kind": kind.kind,
        "database": size_text(kind.database),
        "archive": size_text(kind.archive),
        "files": kind.files,
        "archived days": kind.days,
        "from, to": span,
        "a day": "" if kind.a_day is None else size_text(kind.a_day),
        "together": size_text(kind.database + kind.archive),
    }


def _retention(storage: Storage) -> None:
    st.subheader("Retention")
    own = storage.configured
    st.markdown(f"As configured: {_kept_text(own)}; {_freed_text(own)}.")
    row = st.container(horizontal=True, vertical_alignment="bottom")
    options = {"min_value": 0, "max_value": MOST_KEPT_DAYS, "step": 1, "width": 220}
    for key, label, value in (
        (TRADES_DAYS, "What if: days of trades", own.trades_days),
        (ANALYTICS_DAYS, "What if: days of analytics", own.analytics_days),
    ):
        row.number_input(label, value=st.session_state.get(key, value), key=key, help="0: for ever", **options)  # type: ignore[call-overload]
    if storage.asked is not None and storage.asked != own:
        st.info(
            f"With {_kept_text(storage.asked)}: {size_text(storage.asked.left_bytes)}, {_freed_text(storage.asked)}."
        )
    when = f"the next is at {utc(storage.next_run)[:16]} UTC" if storage.next_run else "the archive is not enabled"
    st.caption(
        f"Nothing is deleted here. The daily run deletes by `retention.trades_days` and `retention.analytics_days` of "
        f"the Settings page ({when}); bars are never deleted."
    )


def _kept_text(kept: Retained) -> str:
    parts = ((kept.trades_days, "trades"), (kept.analytics_days, "analytics"))
    return " and ".join(f"{days} days of {name}" if days else f"{name} for ever" for days, name in parts)


def _freed_text(kept: Retained) -> str:
    if not kept.freed_files:
        return "nothing is freed at the next run"
    return f"frees {size_text(kept.freed_bytes)} ({kept.freed_files:,} files) at the next run"
