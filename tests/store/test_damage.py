"""A store that was hurt: what can be left out is left out and named, what cannot is refused with the way out."""

from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

import pytest

from spreadscope.api.status import StatusMaker
from spreadscope.model.errors import StoreError
from spreadscope.model.events import SetRule
from spreadscope.model.instrument import Pair
from spreadscope.store.alert_tables import save_rule
from spreadscope.store.command import watch_pair, watch_symbol
from spreadscope.store.directory import DATABASE, DataDirectory, LockedError
from spreadscope.store.maintenance.diagnosis import examine
from spreadscope.store.reader import StoreReader
from tests.e2e.line import line, run, until, write_recording
from tests.store.editing import edit
from tests.support.facts import store


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A store with two rules and what was watched."""
    with store(tmp_path / "data") as (writer, _):
        for name in ("good", "bad"):
            writer.command(save_rule(SetRule(name, "z > 2", "AAAUSDT/BBBUSDT")))
        writer.command(watch_pair(Pair("AAAUSDT", "BBBUSDT")))
    return tmp_path / "data"


HARMS = {
    "a severity that is none": ("UPDATE rules SET severity = 'loud' WHERE rule_id = 'bad'", "rules"),
    "channels that are no list": ("UPDATE rules SET channels = '{' WHERE rule_id = 'bad'", "rules"),
    "a number that is none": ("UPDATE rules SET cap_per_hour = 'many' WHERE rule_id = 'bad'", "rules"),
    "a life that is none": (
        "INSERT INTO alert_lives VALUES ('good', 'AAAUSDT/BBBUSDT', '{\"state\": 5}')",
        "alert_lives",
    ),
    "a budget that is none": ("INSERT INTO alert_lives VALUES ('good', '', 'x')", "alert_lives"),
    "a pair that is none": ("INSERT INTO watched VALUES ('pair', 'AAAUSDT')", "watched"),
    "a symbol that is none": ("INSERT INTO watched VALUES ('symbol', '')", "watched"),
}


@pytest.mark.parametrize("harm", HARMS)
def test_one_bad_row_is_named_and_left_out_and_doctor_removes_it(data: Path, harm: str) -> None:
    statement, table = HARMS[harm]
    edit(data, statement)
    found = [finding for finding in examine(data / DATABASE).findings if finding.check == "rows"]
    assert [finding.subject for finding in found] == [table]
    assert "good" in {item.rule.rule_id for item in StoreReader(data / DATABASE).rules()}
    repaired = examine(data / DATABASE, repair=True)
    assert [finding.check for finding in repaired.repaired] == ["rows"]
    assert examine(data / DATABASE).findings == []
    assert "good" in {item.rule.rule_id for item in StoreReader(data / DATABASE).rules()}


def test_an_engine_starts_without_the_bad_rows_and_names_them(data: Path, tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "r.txt", seconds=20)
    edit(data, HARMS["a severity that is none"][0])
    edit(data, HARMS["a pair that is none"][0])

    async def main() -> None:
        async with line([recording], data, speed=20) as (_, live):
            await until(lambda: live.core.trades > 100, 20)
            assert set(live.core.engine.alerts.rules) == {"good"}
            assert live.starting == ""
            said = [alarm.message for alarm in StatusMaker(live).status().alarms]
            assert any("bad" in text and "doctor --repair" in text for text in said)
            assert any("'AAAUSDT' was watched" in text for text in said)

    run(main())


@pytest.mark.parametrize("table", ["rules", "alert_lives", "watched", "signals", "faults", "deliveries"])
def test_a_missing_table_is_refused_with_the_way_out(data: Path, table: str) -> None:
    edit(data, f"DROP TABLE {table}")
    with pytest.raises(StoreError, match=rf"it lacks .*{table}.*doctor --repair"), DataDirectory(data):
        pass
    assert examine(data / DATABASE).findings[0].check == "tables"
    with DataDirectory(data, repairing=True):
        assert {finding.check for finding in examine(data / DATABASE, repair=True).repaired} == {"tables"}
    with DataDirectory(data):
        pass
    assert examine(data / DATABASE).healthy


def _try_to_open(path: Path, answer: multiprocessing.Queue[str]) -> None:
    try:
        with DataDirectory(path):
            answer.put("opened")
    except LockedError:
        answer.put("locked")


def test_a_second_engine_is_kept_out_whatever_is_deleted_in_the_directory(data: Path) -> None:
    context = multiprocessing.get_context("fork")
    with DataDirectory(data):
        for path in data.iterdir():
            if path.suffix == ".lock":
                path.unlink()
        answer: multiprocessing.Queue[str] = context.Queue()
        other = context.Process(target=_try_to_open, args=(data, answer))
        other.start()
        assert answer.get(timeout=20) == "locked"
        other.join(20)


def test_a_store_is_its_owners_alone(tmp_path: Path) -> None:
    with store(tmp_path / "new" / "data") as (writer, _):
        writer.command(watch_symbol("AAAUSDT"))
        writer.run(lambda _: None).result(10)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new" / "data").iterdir()}
    assert stat.S_IMODE((tmp_path / "new" / "data").stat().st_mode) == 0o700
    assert modes[DATABASE] == 0o600
    assert set(modes.values()) == {0o600}
    database = tmp_path / "new" / "data" / DATABASE
    database.chmod(0o644)
    with DataDirectory(database.parent):
        assert stat.S_IMODE(database.stat().st_mode) == 0o600
