"""The data page in every part and state, and its numbers beside those of the engine."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from streamlit.testing.v1 import AppTest

from spreadscope import contract
from spreadscope.contract import JobState
from tests.dashboard.component_data import copied
from tests.dashboard.fake_api import FakeApi
from tests.dashboard.fake_store import DAY, MISSING, NOW, complete_day, session

PAGE = Path(__file__).parent / "data_script.py"
PAIR = "BTCUSDT/ETHUSDT"
# The page itself is imported by Streamlit alone, which must know its component before.
PART = "data-part"
PARTS = ("Completeness", "Now", "Integrity", "Storage", "Sessions", "Import and export")
COMPLETENESS, CURRENT, INTEGRITY, STORAGE, SESSIONS, FILES = PARTS


def ran(page: AppTest) -> AppTest:
    assert not page.exception, page.exception
    return page


def shown(part: str = COMPLETENESS) -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=30)
    page.session_state[PART] = part
    return ran(page.run())


def words(elements: object) -> str:
    return "\n".join(element.value for element in elements)  # type: ignore[attr-defined]


def told(page: AppTest, column: str) -> object:
    """The table that has such a column."""
    return next(table.value for table in page.dataframe if column in table.value.columns)


def gap(symbol: str, state: str, day: int = DAY - 86_400_000) -> dict[str, object]:
    return {
        "symbol": symbol, "first": 10, "last": 12, "state": state, "time": day + 9, "evidence": f"{symbol}: 9 then 13",
        "from_time": day + 5, "to_time": day + 8,
    }  # fmt: skip


def test_completeness_says_what_is_missing_and_shows_each_gap(engine: FakeApi) -> None:
    engine.demo = True
    engine.follow(PAIR)
    engine.alarms = [{"level": "error", "message": "BTCUSDT is silent", "runbook": "symbol-silent"}]
    engine.store.days = [
        complete_day("BTCUSDT", trades=997, share=0.997, missing={**MISSING, "open": 1, "permanent": 2}),
        complete_day("ETHUSDT"),
        complete_day("ETHUSDT", "2025-10-09", closed=False, reported=False),
    ]
    engine.gaps = [gap("BTCUSDT", "open"), gap("ETHUSDT", "filled", DAY)]
    page = shown()
    assert "DEMO" in words(page.warning)
    assert "BTCUSDT is silent. [What to do](/runbook/symbol-silent)" in words(page.error)
    assert "2,997 trades on 2 days (UTC): **3 ids are missing**, 1 of which the engine asks for." in words(
        page.markdown
    )
    days, gaps = told(page, "complete, %"), told(page, "evidence")
    assert list(days["complete, %"]) == [100.0, 100.0, 99.7]  # type: ignore[index]
    assert list(days["report"]) == ["the day is not over", "written", "written"]  # type: ignore[index]
    assert list(gaps["trades"]) == [3, 3]  # type: ignore[index]
    assert list(gaps["evidence"]) == ["BTCUSDT: 9 then 13", "ETHUSDT: 9 then 13"]  # type: ignore[index]
    page.session_state["data-day"] = "2025-10-09"
    ran(page.run())
    assert list(told(page, "evidence")["symbol"]) == ["ETHUSDT"]  # type: ignore[index]
    assert "Of 2025-10-09, the day that is chosen above" in words(page.caption)
    page.selectbox(key="data-symbol").select("BTCUSDT")
    ran(page.run())
    assert "997 trades on 1 day (UTC)" in words(page.markdown)
    assert "No gap is like that." in words(page.caption)


def test_without_data_each_part_says_so(engine: FakeApi) -> None:
    page = shown()
    assert "No trade is stored yet" in words(page.info)
    assert "No gap: every id between the first and the last is there." in words(page.caption)
    assert "stored in /var/lib/spreadscope" in words(page.caption).replace("\\", "")
    page = shown(CURRENT)
    assert "Nothing is recorded yet" in words(page.caption)
    assert "None is open" in words(page.caption)
    assert "No report was made here yet" in words(shown(INTEGRITY).info)
    page = shown(SESSIONS)
    assert "No session is stored yet" in words(page.info)
    assert "None lies in /var/lib/spreadscope/recordings" in words(page.caption).replace("\\", "")
    page = shown(FILES)
    assert "Nothing of this kind is followed yet" in words(page.caption)
    assert page.button(key="export-begin").disabled


def test_without_an_engine_the_page_waits(engine: FakeApi) -> None:
    engine.follow(PAIR)
    page = shown()
    engine.broken = True
    ran(page.run())
    assert "last known state" in words(page.error)
    assert "Not known while no engine answers." in words(page.caption)
    assert shown().subheader[0].value == "Waiting for the engine"


def test_unproved_symbols_are_named(engine: FakeApi) -> None:
    engine.store.days = [complete_day("BTC_USD", share=None, unprovable="ticks.csv")]
    page = shown()
    assert "of BTC\\_USD nothing is proved" in words(page.markdown)
    assert list(told(page, "complete, %")["complete, %"].isna()) == [True]  # type: ignore[index]


def test_now_has_tape_budget_connections_and_rates(engine: FakeApi) -> None:
    engine.follow(PAIR)
    page = shown(CURRENT)
    assert list(told(page, "trades stored")["symbol"]) == ["BTCUSDT", "ETHUSDT"]  # type: ignore[index]
    budget = told(page, "refusals")
    assert (budget["weight used, a minute"][0], budget["allowed"][0]) == (20, 2400)  # type: ignore[index]
    assert told(page, "reconnects")["state"][0] == "connected"  # type: ignore[index]
    assert [subheader.value for subheader in page.subheader] == [
        "Tape", "REST budget", "Connections", "The last hour",
    ]  # fmt: skip


def report() -> contract.IntegrityReport:
    day = contract.IntegrityDay(
        symbol="BTCUSDT", day="2025-10-08", closed=True, trades=1_000, first_id=1, last_id=1_000, first_time=1,
        last_time=2, missing=contract.MissingIds(open=0, refetched=4, upstream=0, permanent=2), unprovable=None,
        gaps=(), gaps_left_out=3,
        bars=(contract.BarCounts(timeframe="1m", complete=1_438, incomplete=2, klines=1),), conflicts=0,
        empty_prints=0, tape="cd" * 32, before=None, chain="ef" * 32, place="archive", revision=1,
    )  # fmt: skip
    return contract.IntegrityReport(
        definition="spreadscope-tape-1", version="0.1.0", made=1, source="s", demo=False, days=(day,)
    )


def test_a_report_is_made_shown_and_can_be_checked_by_others(engine: FakeApi) -> None:
    engine.follow(PAIR)
    page = shown(INTEGRITY)
    assert copied(page)[0] == "spreadscope verify --data /var/lib/spreadscope"
    page.selectbox(key="integrity-symbol").select("BTCUSDT")
    ran(page.run())
    page.button(key="integrity-begin").click()
    ran(page.run())
    (body,) = engine.store.bodies
    assert body["symbol"] == "BTCUSDT"
    assert body["end"] - body["start"] == 7 * 86_400_000
    assert not page.button(key="cancel-job0").disabled
    job = engine.jobs.jobs["job0"]
    engine.jobs.end(job, JobState.DONE, integrity_json=msgspec.json.encode(report()))
    ran(page.run())
    row = told(page, "chain").iloc[0]  # type: ignore[attr-defined]
    assert (row["trades"], row["given up"], row["fetched again"], row["gaps"]) == (1_000, 2, 4, 3)
    assert (row["1m bars complete"], row["incomplete"], row["of candles"]) == (1_438, 2, 1)
    assert (row["hash of the tape"], row["chain"]) == ("cd" * 32, "ef" * 32)
    assert "2 ids are missing" in words(page.markdown)
    assert "/download/jobs/job0/integrity.json" in words(page.markdown)
    engine.jobs.end(job, JobState.FAILED, "the archive file x is missing")
    ran(page.run())
    assert "The archive file x is missing." in words(page.error)


def test_sizes_and_what_another_retention_would_free(engine: FakeApi) -> None:
    page = shown(STORAGE)
    assert "**11.0 GB**" in words(page.markdown)
    assert "the archive grows by 366.7 MB a day" in words(page.markdown)
    sizes = told(page, "archived days")
    assert list(sizes["together"]) == ["9.0 GB", "2.0 GB"]  # type: ignore[index]
    assert not page.info
    page.number_input(key="kept-trades").set_value(30)
    ran(page.run())
    assert page.info[0].value == (
        "With 30 days of trades and analytics for ever: 12.4 GB, frees 3.1 GB (3 files) at the next run."
    )


def test_a_session_is_checked_and_leads_to_its_replay(engine: FakeApi) -> None:
    engine.store.sessions = [session(2, running=True), session(1)]
    engine.store.recordings = [{"name": "a.ndjson.zst", "size": 1_500, "modified": NOW}]
    page = shown(SESSIONS)
    sessions = told(page, "replay check")
    assert list(sessions["replay check"]) == ["when it has ended", "not checked"]  # type: ignore[index]
    assert sessions["replay"][1].endswith("/replay?session=1")  # type: ignore[index]
    assert list(told(page, "recording")["size"]) == ["1.5 kB"]  # type: ignore[index]
    page.button(key="check-begin").click()
    ran(page.run())
    assert engine.store.bodies == [{"session": 1}]
    assert list(told(page, "replay check")["replay check"])[1] == "it runs"  # type: ignore[index]
    engine.jobs.end(engine.jobs.jobs["job0"], JobState.DONE, replay_json=b"{}")
    check = {"job": "job0", "state": "done", "progress": "", "equal": True, "words": "equal to what was said live"}
    engine.store.sessions[1]["check"] = check
    ran(page.run())
    assert "Session 1: equal to what was said live." in words(page.success)
    check |= {"equal": False, "words": "differs from what was said live (version 0.1.0)"}
    ran(page.run())
    assert "differs from what was said live" in words(page.error)


def test_an_export_is_begun_and_offered(engine: FakeApi) -> None:
    engine.follow(PAIR)
    page = shown(FILES)
    assert "While the engine runs it alone writes the store" in words(page.markdown)
    assert "spreadscope import FILE --data /var/lib/spreadscope" in copied(page)
    page.selectbox(key="export-format").select("parquet")
    ran(page.run())
    page.button(key="export-begin").click()
    ran(page.run())
    (body,) = engine.store.bodies
    assert (body["kind"], body["symbol"], body["format"]) == ("ticks", "BTCUSDT", "parquet")
    engine.jobs.results["job0"] = {"BTCUSDT-ticks.parquet": b"12345"}
    result = (contract.JobResult("BTCUSDT-ticks.parquet", 5),)
    job = engine.jobs.jobs["job0"]
    engine.jobs.jobs["job0"] = msgspec.structs.replace(job, state=JobState.DONE, ended=NOW, results=result)
    ran(page.run())
    link = words(page.markdown).replace("\\", "")
    assert "[BTCUSDT-ticks.parquet](/download/jobs/job0/BTCUSDT-ticks.parquet) · 5 B" in link
    page.selectbox(key="export-kind").select("signals")
    ran(page.run())
    assert page.selectbox(key="export-pair").value == PAIR


@pytest.mark.parametrize("part", PARTS)
def test_each_part_has_an_address(engine: FakeApi, part: str) -> None:
    page = AppTest.from_file(str(PAGE), default_timeout=30)
    page.query_params["part"] = part.lower().replace(" ", "-")
    ran(page.run())
    assert page.session_state[PART] == part
