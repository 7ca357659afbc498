"""The history tab with filters and a download, and the scorecard of rules."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from spreadscope.client import ApiRequestError, EngineDownError, alert_query
from spreadscope.contract import Alert, AlertState, Notified, Rule, Score, Severity, Suppressed
from spreadscope.dashboard.browser_session import Overview, engine
from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.downloads import link
from spreadscope.dashboard.figures import TableRow, table
from spreadscope.dashboard.pages import waiting
from spreadscope.dashboard.pages.replay_moment import REPLAY, moment_link, replay_column
from spreadscope.dashboard.text import duration_text, utc, with_minus_signs

ROWS = 500
WIDE, NARROW = 300, 160
"""The widths of the selection boxes, in pixels."""
ALL = "all"
STATES = (AlertState.FIRING, AlertState.RESOLVED, AlertState.NO_DATA, AlertState.DIGEST)  # of alerts that are sent
SEVERITIES = tuple(reversed(Severity))
HOUR = 3_600_000
BETWEEN = "between …"
RANGES = {"everything": None, "last hour": HOUR, "last day": 24 * HOUR, "last week": 168 * HOUR, BETWEEN: None}
REMARKS: dict[Suppressed, str] = {
    "": "",
    "muted": "not sent: the rule was muted",
    "acknowledged": "not sent: acknowledged",
    "cooldown": "not sent: within the rule's cooldown",
    "cap": "not sent: over the rule's cap, told in the hour's digest",
}
SENT: dict[Notified, str] = {
    "": "",
    "firing": "sent",
    "resolved": "end sent",
    "no data": "lack of data sent",
    "digest": "digest of the hour sent",
}


def show_history(overview: Overview) -> None:
    try:
        with engine() as client:
            rules = client.rules()
            filters = _filters(overview, rules)
            alerts = client.alerts(ROWS, **filters)
    except (ApiRequestError, EngineDownError) as error:
        waiting.show_error(error)
        return
    if not alerts:
        st.caption("Nothing has fired yet." if not filters else "Nothing has fired that fits what is chosen above.")
        return
    has_channels = overview.status.alerts.channels.configured > 0
    st.dataframe(
        table(
            [_linked_row(alert, delivered=has_channels) for alert in alerts],
            {"value": None, "threshold": None},
        ),
        hide_index=True,
        key="alert-history",
        placeholder="–",
        column_config={
            REPLAY: replay_column(),
            "remarks": st.column_config.Column(width="medium"),
            "in words": st.column_config.Column(width="large"),
        },
    )
    query = {name: str(value) for name, value in alert_query(filters).items()}
    left, right = st.columns([3, 1], vertical_alignment="center")
    left.caption(
        f"The newest {ROWS}; the download holds all." if len(alerts) == ROWS else f"{len(alerts)} rows, newest first."
    )
    right.link_button("Download as CSV", link("alerts", base_path(), format="csv", **query), width="stretch")


def _filters(overview: Overview, rules: list[Rule]) -> dict[str, str | int]:
    """Draw the selection boxes. Returns the filters for the engine."""
    names = {rule.rule_id: f"{rule.name or rule.text} · {rule.subject}" for rule in rules}
    bar = st.container(horizontal=True)  # two beside each other on a phone, all on a wide screen
    subjects = [*overview.pairs, *overview.symbols]
    chosen = {
        "rule": bar.selectbox(
            "Rule", [ALL, *names], format_func=lambda key: names.get(key, key), key="history-rule", width=WIDE
        ),
        "subject": bar.selectbox("Subject", [ALL, *subjects], key="history-subject", width=WIDE),
        "state": bar.selectbox("State", [ALL, *STATES], key="history-state", width=NARROW),
        "severity": bar.selectbox("Severity", [ALL, *SEVERITIES], key="history-severity", width=NARROW),
    }
    filters: dict[str, str | int] = {name: value for name, value in chosen.items() if value != ALL}
    chosen_range = bar.selectbox("Time", list(RANGES), key="history-range", width=NARROW)
    return {**filters, **_time_range(overview, chosen_range)}


def _time_range(overview: Overview, chosen: str) -> dict[str, str | int]:
    length = RANGES[chosen]
    if length is not None:
        return {"since": overview.now - length}
    if chosen != BETWEEN:
        return {}
    left, right = st.columns(2)
    at = datetime.fromtimestamp(overview.now / 1000, UTC).replace(tzinfo=None)
    since = left.datetime_input("From (UTC)", value=at.replace(hour=0, minute=0, second=0), key="history-from")
    until = right.datetime_input("To (UTC)", value=None, key="history-to")
    ends = {"since": since, "until": until}
    return {name: int(end.replace(tzinfo=UTC).timestamp() * 1000) for name, end in ends.items() if end is not None}


def _linked_row(alert: Alert, *, delivered: bool) -> TableRow:
    return {**alert_row(alert, delivered=delivered), REPLAY: moment_link(alert.time, alert.subject, alert.timeframe)}


def alert_row(alert: Alert, *, delivered: bool) -> TableRow:
    return {
        "time (UTC)": utc(alert.time),
        "state": alert.state,
        "severity": alert.severity,
        "rule": alert.name or alert.text,
        "of": alert.subject,
        "value": alert.value,
        "threshold": alert.threshold,
        "timeframe": alert.timeframe,
        "remarks": remarks(alert, delivered=delivered),
        "in words": with_minus_signs(alert.words),
    }


def remarks(alert: Alert, *, delivered: bool) -> str:
    """Returns remarks on an alert: sent (where there are channels), suppressed and why, late."""
    parts = [SENT[alert.notify] if delivered else "", REMARKS[alert.suppressed]]
    if alert.late:
        parts.append("late: judged after the engine was down")
    return "; ".join(part for part in parts if part)


SCORE_COLUMNS = {
    "fired": ("Fired", "How often the rule has fired."),
    "open": ("Open", "Alerts of it that have not ended."),
    "resolved": ("Ended", "Alerts of it that have ended."),
    "median_seconds": ("Median length", "Half of its alerts were over within this time."),
    "median_seconds_to_reversion": (
        "Median reversion",
        "Half of the spreads were back inside the exit band of z within this time after it fired.",
    ),
    "reverted_share": (
        "Reverted",
        "Share of its alerts after which z came back inside the exit band before it reached the stop.",
    ),
    "stopped": ("Stopped", "Alerts of it after which z reached the stop first."),
    "flaps": (
        "Flaps",
        "Times it fired again at once after it had ended: a recovery threshold or a keep time would help.",
    ),
    "suppressed": ("Not sent", "Left out because it was muted, acknowledged, in its cooldown or over its cap."),
}


def show_scorecard() -> None:
    try:
        with engine() as client:
            rules, scores = client.rules(), client.scorecard()
    except (ApiRequestError, EngineDownError) as error:
        waiting.show_error(error)
        return
    if not scores:
        st.caption("No rule yet, and so nothing to judge.")
        return
    by_id = {rule.rule_id: rule for rule in rules}
    columns = {label: st.column_config.Column(help=meaning) for label, meaning in SCORE_COLUMNS.values()}
    st.dataframe(
        [score_row(score, by_id.get(score.rule_id)) for score in scores],
        hide_index=True,
        key="scorecard",
        column_config=columns,
    )
    st.caption("Hover over a column's name for what it means. A share is empty until an alert has come to its end.")


def score_row(score: Score, rule: Rule | None) -> TableRow:
    row: dict[str, str | float | bool | None] = {
        "rule": (rule.name or rule.text) if rule else f"deleted ({score.rule_id})",
        "of": rule.subject if rule else "",
    }
    for field, (label, _) in SCORE_COLUMNS.items():
        value = getattr(score, field)
        if field.startswith("median"):
            row[label] = duration_text(value) or "–"
        elif field == "reverted_share":
            row[label] = "–" if value is None else f"{value:.0%}"
        else:
            row[label] = value
    return row
