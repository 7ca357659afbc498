"""The result of a scan on the page: the answer in words, the heat map, the table, and what to do with a pair."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

import msgspec
import pandas as pd  # type: ignore[import-untyped]  # Streamlit's own tables are made of it
import streamlit as st

from spreadscope.client import Client
from spreadscope.contract import Job, ScanReport
from spreadscope.dashboard import downloads
from spreadscope.dashboard.browser_session import engine
from spreadscope.dashboard.deep_links import base_path
from spreadscope.dashboard.figures import NO_VALUE, fixed_text, number_text, table
from spreadscope.dashboard.text import duration_text, escape, utc

_heat_map = st.components.v2.component("spreadscope.heatmap", js="heatmap.js", css="heatmap.css")

ROWS = 500
HEAT_MAP = "scan-heatmap"
_BP = 1e4
_DECIMALS: dict[str, int | None] = {
    "p": None, "BH q": 3, "BY q": 3, "p by chance": None, "q by chance": 3, "family-wise p": 3, "β": 3,
    "half-life, bars": 1, "costs, bp": 1, "break-even z": 2, "correlation": 2, "spread, bp": 1, "p again": None,
    "correlation again": 2, "spread again, bp": 1,
}  # fmt: skip
_HELP = {
    "pair": "Y/X: the direction with the smaller p.",
    "passes": "At or below the level after correction for the number of tests and, with panels of chance, calibration.",
    "p": "Engle–Granger, the smaller of both directions times two, not corrected.",
    "BH q": "Share of false pairs to expect among all that are at least as good (Benjamini–Hochberg).",
    "BY q": "The same, whatever the dependence of the tests (Benjamini–Yekutieli).",
    "p by chance": "How often a pair of these prices with random signs is as good.",
    "q by chance": "BH of the p by chance: the one that decides.",
    "family-wise p": "How often the best pair of a whole panel with random signs is as good.",
    "half-life, bars": "Of the spread's deviations.",
    "95%": "The true half-life lies here 95% of the time; “from …”: a random walk cannot be excluded.",
    "costs, bp": "Fees of a round trip of both legs, of Y's notional.",
    "break-even z": "So many deviations of the spread pay for a round trip's fees.",
    "correlation": "Of the returns of both legs.",
    "spread, bp": "Standard deviation of the spread.",
    "p again": "The test repeated on the second half, which selected nothing.",
    "correlation again": "In the second half.",
    "spread again, bp": "Of the spread in the second half, with β of the first.",
}


@dataclass(frozen=True)
class Shown:
    """A scan that has ended well, with all of its pairs by p."""

    job: Job
    report: ScanReport
    pairs: pd.DataFrame


@st.cache_data(max_entries=4, show_spinner="Reading the result …")
def _read(api: str, job_id: str) -> tuple[ScanReport, pd.DataFrame]:
    del api  # which is a part of the cache's key
    with engine() as client:
        return client.scan_report(job_id), pd.read_parquet(io.BytesIO(client.job_result(job_id, "pairs.parquet")))


def read(client: Client, job: Job) -> Shown:
    """Returns the result of a job. Raises ``ApiRequestError`` or ``EngineDownError``."""
    report, pairs = _read(client.api, job.id)
    return Shown(job, report, pairs)


def show(shown: Shown, chosen: str, choose: Callable[[str], None], actions: Callable[[str], None]) -> None:
    """Draw a result. ``choose`` is called with the pair that is chosen; ``actions`` draws what can be done with it."""
    report = shown.report
    (st.success if report.passes else st.info)(f"**{escape(report.answer)}**")
    st.caption(escape(_summary(report)))
    left, right = st.columns([3, 2], gap="large")
    with left:
        _show_heat_map(shown, chosen, choose)
    with right:
        _show_chosen(shown, chosen, actions)
    _show_table(shown, choose)
    _show_downloads(shown)
    _show_evidence(report)


def _summary(report: ScanReport) -> str:
    half, mark = utc(report.half)[:16], "DEMO, no market · " if report.demo else ""
    source = report.source[:1].upper() + report.source[1:]
    return (
        f"{mark}{source} · {len(report.legs)} symbols, {report.rows:,} bars of {report.timeframe} from "
        f"{utc(report.first)[:16]} to {utc(report.last)[:16]} UTC; pairs are selected before {half} and tested again "
        f"after it · {report.tests:,} tests, {report.surrogates} panels of chance, seed {report.seed}"
    )


def _show_heat_map(shown: Shown, chosen: str, choose: Callable[[str], None]) -> None:
    if len(shown.report.heat_map.symbols) < 2:
        st.caption("There is no heat map: no pair could be tested.")
        return

    def on_chosen() -> None:
        state: object = st.session_state.get(HEAT_MAP)
        told = state.get("chosen") if hasattr(state, "get") else None
        pair = _pair_of(shown, tuple(told or ()))
        if pair:
            choose(pair)

    data = {
        "scan": shown.job.id,
        "map": msgspec.to_builtins(shown.report.heat_map),
        "level": shown.report.level,
        "chosen": chosen.split("/") if chosen else [],
    }
    _heat_map(key=HEAT_MAP, data=data, on_chosen_change=on_chosen)


def _pair_of(shown: Shown, legs: tuple[str, ...]) -> str:
    """Returns the scanned pair of two symbols; empty where they make none."""
    pairs = shown.pairs
    found = pairs[pairs["y"].isin(legs) & pairs["x"].isin(legs)]
    return f"{found.iloc[0]['y']}/{found.iloc[0]['x']}" if len(legs) == 2 and len(found) == 1 else ""


def _show_chosen(shown: Shown, chosen: str, actions: Callable[[str], None]) -> None:
    with st.container(border=True):
        row = _row_of(shown, chosen)
        if row is None:
            st.markdown("**No pair is chosen**")
            st.caption("Choose one: a cell of the heat map, or a row of the table.")
            return
        st.markdown(f"**{escape(chosen)}**")
        st.markdown("\n".join(f"- {escape(line)}" for line in _lines(shown.report, row)))
        actions(chosen)


def _row_of(shown: Shown, pair: str) -> pd.Series | None:
    y, _, x = pair.partition("/")
    found = shown.pairs[(shown.pairs["y"] == y) & (shown.pairs["x"] == x)]
    return found.iloc[0] if len(found) == 1 else None


def _lines(report: ScanReport, row: pd.Series) -> list[str]:
    """Returns what is known of a pair, in words."""
    seconds = report.step_ms / 1000
    decides = row["bh"] if report.passed.calibrated is None else row["calibrated_bh"]
    how = "corrected for the number of tests" if report.passed.calibrated is None else "calibrated and corrected"
    passes = "passes" if decides <= report.level else "does not pass"
    lines = [f"It {passes}: q {number_text(decides)}, {how}; raw p {number_text(row['pvalue'])}."]
    if pd.notna(row["half_life"]):
        length = duration_text(float(f"{row['half_life'] * seconds:.3g}"))
        interval = _interval(row)
        sure = f"; 95%: {interval} bars" if interval != NO_VALUE else ""
        lines.append(f"Half-life {fixed_text(row['half_life'], 1)} bars ({length}){sure}.")
    else:
        lines.append("No half-life: its spread does not revert.")
    costs = f"A round trip costs {fixed_text(row['cost'] * _BP, 1)} bp in fees"
    if pd.notna(row["break_even_z"]):
        costs += f", {fixed_text(row['break_even_z'], 2)} deviations of the spread"
    lines.append(f"{costs}; half-spread, slippage and funding come on top.")
    lines.append(f"β {fixed_text(row['beta'], 3)}; correlation of returns {fixed_text(row['return_correlation'], 2)}.")
    again = row["next_pvalue"]
    lines.append(
        "In the second half it could not be tested." if pd.isna(again)
        else f"In the second half, which selected nothing: p {number_text(again)}, correlation "
        f"{fixed_text(row['next_return_correlation'], 2)}."
    )  # fmt: skip
    return lines


def _interval(row: pd.Series) -> str:
    if pd.isna(row["half_life_low"]):
        return NO_VALUE
    if pd.isna(row["half_life_high"]):
        return f"from {fixed_text(row['half_life_low'], 1)}"
    return f"{fixed_text(row['half_life_low'], 1)} – {fixed_text(row['half_life_high'], 1)}"


def _show_table(shown: Shown, choose: Callable[[str], None]) -> None:
    bar = st.container(horizontal=True, vertical_alignment="bottom")
    typed = bar.text_input("Find", key="scan-find", placeholder="BTC", max_chars=40, width=220).strip().upper()
    only = bar.toggle("only those that pass", key="scan-only-passing")
    pairs, report = shown.pairs, shown.report
    decides = "bh" if report.passed.calibrated is None else "calibrated_bh"
    passing = pairs[decides] <= report.level
    if only:
        pairs, passing = pairs[passing], passing[passing]
    if typed:
        named = (pairs["y"] + "/" + pairs["x"]).str.contains(typed, regex=False)
        pairs, passing = pairs[named], passing[named]
    if pairs.empty:
        what = f" with {escape(typed)} in its name" if typed else ""
        st.info(f"No pair passes{what}." if only else f"There is no pair{what}.")
        return
    some = pairs.head(ROWS)
    rows = _table_rows(some, passing.head(ROWS))

    def on_select() -> None:
        state: object = st.session_state.get(key)
        selected = state["selection"]["rows"] if hasattr(state, "get") else []  # type: ignore[index]
        if selected:
            row = some.iloc[selected[0]]
            choose(f"{row['y']}/{row['x']}")

    key = f"scan-table-{shown.job.id}-{typed}-{only}"
    st.dataframe(
        table(rows, _DECIMALS),
        hide_index=True,
        key=key,
        column_config={name: st.column_config.Column(help=words) for name, words in _HELP.items()},
        on_select=on_select,
        selection_mode="single-row",
        height=420 if len(rows) > 10 else "content",
        alt="The pairs of the scan, by p",
    )
    if len(pairs) > ROWS:
        st.caption(f"The {ROWS} smallest p of {len(pairs):,} pairs; the downloads have all.")


def _table_rows(pairs: pd.DataFrame, passing: pd.Series) -> list[dict[str, str | float | None]]:
    return [
        {
            "pair": f"{row['y']}/{row['x']}",
            "passes": "yes" if passes else "",
            "p": row["pvalue"],
            "q by chance": row["calibrated_bh"],
            "p by chance": row["calibrated"],
            "family-wise p": row["familywise"],
            "BH q": row["bh"],
            "BY q": row["by"],
            "half-life, bars": row["half_life"],
            "95%": _interval(row),
            "β": row["beta"],
            "costs, bp": row["cost"] * _BP,
            "break-even z": row["break_even_z"],
            "correlation": row["return_correlation"],
            "spread, bp": row["spread_sd"] * _BP,
            "p again": row["next_pvalue"],
            "correlation again": row["next_return_correlation"],
            "spread again, bp": row["next_spread_sd"] * _BP,
        }
        for (_, row), passes in zip(pairs.iterrows(), passing, strict=True)
    ]


def _show_downloads(shown: Shown) -> None:
    base = base_path()
    links = [
        f"[{words}]({downloads.job_link(base, shown.job.id, name)})"
        for words, name in (("CSV", "pairs.csv"), ("Parquet", "pairs.parquet"), ("report, JSON", "report.json"))
    ]
    st.markdown(f"All {len(shown.pairs):,} pairs: {' · '.join(links)}")


def _show_evidence(report: ScanReport) -> None:
    rejected = [leg for leg in report.legs if leg.verdict != "candidate"]
    with st.expander(f"Symbols left out ({len(rejected) + len(report.left_out)}), notes, and the tests behind it"):
        out = [{"symbol": leg.symbol, "why": leg.verdict} for leg in rejected]
        out += [{"symbol": each.symbol, "why": each.why} for each in report.left_out]
        if out:
            st.dataframe(out, hide_index=True, key="scan-left-out")
            if rejected:
                st.caption("Name one under *Test all the same* to have it tested.")
        for note in report.notes:
            st.markdown(f"- {escape(note)}")
        if report.missing:
            worst = sorted(report.missing.items(), key=lambda item: -item[1])[:8]
            text = ", ".join(f"{name} {share:.1%}" for name, share in worst)
            st.markdown(f"- Bars that are missing stay holes, and no test reaches across one: {escape(text)}")
        st.markdown("\n".join(f"- {escape(line)}" for line in _tests(report)))


def _tests(report: ScanReport) -> list[str]:
    passed, survival = report.passed, report.survival
    by_chance = report.tests * report.level
    lines = [
        f"{report.tests:,} pairs were tested in both directions (up to {report.max_lags} lags by AIC)"
        + (f"; {report.undefined:,} could not be" if report.undefined else "")
        + f". Raw p at or below {report.level:.0%}: {passed.raw:,}; by chance alone {by_chance:,.0f} would be.",
        f"Corrected: BH {passed.bh:,}, BY {passed.by:,}"
        + (f", calibrated {passed.calibrated:,}." if passed.calibrated is not None else "."),
    ]
    lines.append(
        f"Second half: {survival.selected_again:,} of the {survival.selected:,} with a small raw p have one again, and "
        f"{survival.others_again:,} of the other {survival.others:,}."
    )
    if report.familywise is not None:
        lines.append(
            f"The best pair's family-wise p is {fixed_text(report.familywise, 3)}, from {report.surrogates} panels."
        )
    if report.persistence is None:
        lines.append(f"What persists from half to half is not known: {report.no_persistence}.")
    else:
        lines.append(
            f"What persists from half to half, as rank correlation: p {fixed_text(report.persistence.pvalue, 2)}, "
            f"correlation of returns {fixed_text(report.persistence.return_correlation, 2)}, volatility of the spread "
            f"{fixed_text(report.persistence.spread_sd, 2)}. What does not persist is no reason to trade."
        )
    return lines


def lab_link(pair: str) -> str:
    """Returns the address of the lab with a pair."""
    return f"{base_path()}/lab?pair={quote(pair, safe='')}"
