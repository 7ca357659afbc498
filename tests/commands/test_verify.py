"""``spreadscope verify`` as a user runs it: of a store, of somebody's report, of exported files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spreadscope.store.archive.compaction import day_name
from spreadscope.store.directory import DataDirectory
from spreadscope.store.trades.trade_blocks import DAY_MS
from tests.support.closed_days import DAY, fill, rewrite, without_one
from tests.support.command import spreadscope

DAYS = [day_name(DAY + number * DAY_MS) for number in range(3)]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    fill(tmp_path / "data", at_once=3_000)
    done = spreadscope("archive", "--data", tmp_path / "data")
    assert "3 days have an integrity report more" in done.stderr
    return tmp_path / "data"


def test_a_store_is_the_same_also_beside_an_engine_until_a_trade_is_gone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    fill(data, at_once=3_000)
    done = spreadscope("verify", "--data", data)
    assert "0 days are the same as in the reports in" in done.stderr
    assert "3 not reported yet" in done.stderr
    spreadscope("archive", "--data", data)
    with DataDirectory(data):  # as an engine holds it
        done = spreadscope("verify", "--data", data)
    assert "3 days are the same as in the reports in" in done.stderr
    assert ": 9,000 trades\n" in done.stderr
    symbol, day, link = done.stdout.split()
    report = json.loads((data / "integrity" / f"{DAYS[2]}.json").read_text())
    assert (symbol, day, link) == ("BTCUSDT", DAYS[2], report["days"][0]["chain"])
    (data / "archive/trades/BTCUSDT" / f"{DAYS[0]}.parquet").unlink()
    done = spreadscope("verify", "--data", data, expect=1)
    assert f"BTCUSDT {DAYS[0]}: the archive file trades/BTCUSDT/{DAYS[0]}.parquet is missing\n" in done.stdout
    told = json.loads(spreadscope("verify", "--data", data, "--json", expect=1).stdout)
    assert (told["equal"], told["same"]) == (False, 2)
    assert {each["day"] for each in told["differences"]} == {DAYS[0]}


def test_a_report_travels_with_the_files_it_is_of(data: Path, tmp_path: Path) -> None:
    report = data / "integrity" / f"{DAYS[1]}.json"
    archived = data / "archive/trades/BTCUSDT" / f"{DAYS[1]}.parquet"
    export = tmp_path / "trades.csv"
    spreadscope("export", "ticks", "--symbol", "BTCUSDT", "--data", data, "--out", export)
    elsewhere = ["--data", tmp_path / "nothing"]
    for files in ([report, archived], [report, export, "--symbol", "BTCUSDT"], [data / "integrity", archived]):
        assert "1 day is the same as in" in spreadscope("verify", *files, *elsewhere).stderr
    # A report against a store, and files against a store.
    assert "1 day is the same as in" in spreadscope("verify", report, "--data", data).stderr
    assert (
        "3 days are the same as in the store"
        in spreadscope("verify", export, "--symbol", "BTCUSDT", "--data", data).stderr
    )
    lines = export.read_text().splitlines(keepends=True)
    export.write_text("".join([*lines[:9], *lines[10:]]))
    done = spreadscope("verify", export, "--symbol", "BTCUSDT", "--data", data, expect=1)
    assert done.stdout.startswith(f"BTCUSDT {DAYS[0]}: 1 of 3,000 reported trades are not there (hash ")
    done = spreadscope("verify", data / "integrity", export, "--symbol", "BTCUSDT", *elsewhere, expect=1)
    assert "not the same: 1; 2 days are the same as in 3 reports: 6,000 trades" in done.stderr


def test_a_report_of_another_store_differs(data: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    fill(other, at_once=3_000)
    rewrite(other, without_one)
    done = spreadscope("verify", data / "integrity", "--data", other, expect=1)
    assert done.stdout.count("\n") == 1
    assert done.stdout.startswith(f"BTCUSDT {DAYS[0]}: 1 of 3,000 reported trades are not there")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--data", "nowhere"], "there is no store in nowhere"),
        (["missing.json"], "there is no file missing.json"),
        (["empty"], "there is no report (*.json) in empty"),
        (["other.json", "--data", "data"], "holds no trades with ids"),
        (["broken.json", "--data", "data"], "is no integrity report"),
        (["old.json", "--data", "data"], "has hashes of another definition ('spreadscope-tape-0'"),
        (["ticks.csv", "--data", "data"], "name it with --symbol"),
        (
            ["ticks.csv", "--symbol", "ETHUSDT", "--data", "data"],
            "nothing was compared: no day of these files is in the store data",
        ),
    ],
)
def test_what_cannot_be_verified_is_one_sentence(
    data: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    monkeypatch.chdir(data.parent)
    Path("empty").mkdir()
    Path("other.json").write_text("[]")
    Path("broken.json").write_text('{"definition": "spreadscope-tape-1"}')
    document = json.loads((data / "integrity" / f"{DAYS[0]}.json").read_text())
    Path("old.json").write_text(json.dumps(document | {"definition": "spreadscope-tape-0"}))
    Path("ticks.csv").write_text("id,time,price,quantity,buyer_maker\n1,1700006400001,1.0,1.0,true\n")
    done = spreadscope("verify", *arguments, expect=2)
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
