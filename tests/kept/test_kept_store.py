"""Stores of earlier versions open, migrate, and replay their sessions to what was recorded in them."""

from __future__ import annotations

import csv
import gzip
import io
import math
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from spreadscope.model.config import load_config
from spreadscope.model.facts import (
    Alert,
    Bar,
    Fact,
    PairRow,
    Signal,
)
from spreadscope.replay.journal_source import replay_session
from spreadscope.replay.recording_source import replay_recordings
from spreadscope.store.directory import DATABASE, DataDirectory
from spreadscope.store.maintenance.older_versions import CHANGED_SINCE_1
from spreadscope.store.reader import StoreReader
from spreadscope.store.tables import VERSION

HERE = Path(__file__).parent / "store-5e4324d"
SHARED = Path(__file__).parents[3] / "shared" / "kept"
PAIRS = ("SYN1USDT_SYN2USDT", "SYN1USDT_SYN3USDT")


def ours(place: Path) -> Path:
    data = zstandard.ZstdDecompressor().decompress((HERE / "spreadscope.db.zst").read_bytes())
    (place / DATABASE).write_bytes(data)
    return HERE


def of_34b976e(place: Path) -> Path:
    if not SHARED.exists():
        pytest.skip("the kept store beside the checkout is not there")
    shutil.copyfile(SHARED / "store-34b976e" / DATABASE, place / DATABASE)
    return SHARED


def lines(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """The rows of an export, however it is packed."""
    for path, unpack in (
        (folder / f"{name}.csv", lambda path: path.read_bytes()),
        (folder / f"{name}.csv.gz", lambda path: gzip.decompress(path.read_bytes())),
        (folder / f"{name}.csv.zst", lambda path: zstandard.ZstdDecompressor().decompress(path.read_bytes())),
    ):
        if path.exists():
            text = unpack(path).decode()
            yield from csv.DictReader(
                io.StringIO("".join(f"{x}\n" for x in text.splitlines() if not x.startswith("#")))
            )
            return
    raise AssertionError(f"{name} is not kept in {folder}")


def near(said: float | None, then: str) -> bool:
    if said is None or not then:
        return said is None and not then
    return math.isclose(said, float(then), rel_tol=1e-9, abs_tol=1e-9)


@pytest.mark.parametrize("keep", [ours, pytest.param(of_34b976e, marks=pytest.mark.shared)])
def test_a_kept_session_says_again_what_it_said(keep: object, tmp_path: Path) -> None:
    place = tmp_path / "store"
    place.mkdir()
    folder = keep(place)  # type: ignore[operator]
    with DataDirectory(place):  # whoever opens a store to write migrates it
        pass
    reader = StoreReader(place / DATABASE)
    (session,) = reader.sessions()
    assert session.digest == 1
    said: list[Fact] = []
    result = replay_session(reader, session, observe=lambda _, facts, __: said.extend(facts))
    assert result.equal
    assert result.compared is not None
    assert result.compared.same == result.compared.total
    assert result.compared.total["row"] > 200
    assert set(result.compared.changed) <= set(CHANGED_SINCE_1)
    assert result.compared.differing == {}
    for name in PAIRS:
        pair = name.replace("_", "/")
        signals = [
            fact for fact in said if isinstance(fact, Signal) and str(fact.pair) == pair and fact.timeframe == "1s"
        ]
        then = list(lines(folder, f"signals_{name}"))
        assert [(s.time, s.action, s.state, s.cause) for s in signals] == [
            (int(row["time"]), row["action"], row["state"], row["cause"]) for row in then
        ]
        rows = {
            fact.time: fact
            for fact in said
            if isinstance(fact, PairRow) and str(fact.pair) == pair and fact.timeframe == "1s"
        }
        kept = list(lines(folder, f"analytics_{name}"))
        assert {int(row["time"]) for row in kept} == set(rows)
        for row in kept:
            for key in (
                "beta",
                "alpha",
                "spread",
                "z",
                "spread_mean",
                "spread_sd",
                "correlation",
                "half_life",
                "breakdown",
            ):
                assert near(rows[int(row["time"])][key].value, row[key]), (row["time"], key)
    alerts = {(fact.rule_id, fact.subject, fact.time, str(fact.state)) for fact in said if isinstance(fact, Alert)}
    assert alerts == {
        (row["rule_id"], row["subject"], int(row["time"]), row["state"]) for row in lines(folder, "alerts")
    }


def test_bars_of_our_kept_session(tmp_path: Path) -> None:
    ours(tmp_path)
    with DataDirectory(tmp_path):
        pass
    reader = StoreReader(tmp_path / DATABASE)
    bars: dict[tuple[str, int], Bar] = {}

    def note(_: object, facts: list[Fact], __: object) -> None:
        bars.update({(f.symbol, f.open_time): f for f in facts if isinstance(f, Bar) and f.timeframe == "1s"})

    replay_session(reader, reader.sessions()[0], observe=note)
    for symbol in ("SYN1USDT", "SYN2USDT", "SYN3USDT"):
        for row in lines(HERE, f"bars_{symbol}"):
            bar = bars.get((symbol, int(row["open_time"])))
            if bar is not None:  # those of the time before the session are in its store alone
                assert (bar.open, bar.close, bar.trades) == (
                    float(row["open"]),
                    float(row["close"]),
                    int(row["trades"]),
                )
    assert len(bars) > 150


def test_a_kept_recording_gives_the_same_facts() -> None:
    config = load_config(HERE / "config.toml", pairs=["SYN1USDT/SYN2USDT"])
    result = replay_recordings([HERE / "recording.ndjson.zst"], config)
    said = (HERE / "recording.txt").read_text()
    for kind in ("bar", "row", "signal"):
        assert f"{kind:<12}{result.facts[kind]:>10}" in said
    assert f"{result.frames} frames, {result.trades} trades" in said


def test_a_migrated_store_is_of_this_version(tmp_path: Path) -> None:
    ours(tmp_path)
    with DataDirectory(tmp_path):
        pass
    reader = StoreReader(tmp_path / DATABASE)
    stops = [signal for signal in reader.signals() if signal.cause.startswith("stop")]
    assert {signal.kind.value for signal in stops} <= {"stop"}
    assert {signal.kind.value for signal in reader.signals()} >= {"entry", "back inside"}
    assert VERSION >= 10
