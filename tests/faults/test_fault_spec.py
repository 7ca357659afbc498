"""What can be asked for, that the page about it is true, and that the draws repeat with the seed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spreadscope.cli import app
from spreadscope.exchange.local import SeededFaults
from spreadscope.exchange.local.fault_spec import BY_NAME, KINDS, FaultRate, parse_faults
from spreadscope.model.errors import ConfigError

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
PAYLOAD = b'{"e":"aggTrade","E":9,"s":"AUSDT","a":5,"p":"1.50","q":"2","f":5,"l":5,"T":7,"m":true,"st":1}'


def test_the_page_lists_every_fault_as_it_is() -> None:
    rows = re.findall(
        r"^\| `([^`]+)` \| (\d+) \| ([^|]+) \| ([0-9.]+) per", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert rows == [(kind.name, str(kind.row), kind.does, f"{kind.rate:g}") for kind in KINDS]


@pytest.mark.parametrize("line", re.findall(r"--faults (\S+)", PAGE.read_text(encoding="utf-8")))
def test_the_examples_of_the_page_can_be_read(line: str) -> None:
    if "`" not in line:
        assert parse_faults(line)


def test_counts_chances_and_all() -> None:
    assert parse_faults("reset=3, drop=0.02,duplicate") == {
        "reset": FaultRate(BY_NAME["reset"].rate, 3),
        "drop": FaultRate(0.02),
        "duplicate": FaultRate(BY_NAME["duplicate"].rate),
    }
    everything = parse_faults("all,418=0,drop=0.3")
    assert set(everything) == set(BY_NAME) - {"418"}
    assert everything["drop"] == FaultRate(0.3)
    assert parse_faults("stall=2@0.5") == {"stall": FaultRate(0.5, 2)}
    assert set(parse_faults("418=0,all")) == set(BY_NAME) - {"418"}


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("rest=1", "did you mean 'reset'"),
        ("dorp=0.1", "did you mean 'drop'"),
        ("", "there is no fault ''"),
        ("all=3", "there is no fault 'all'"),
        ("drop=", "neither a count"),
        ("drop=1.5", "neither a count"),
        ("drop=-1", "neither a count"),
        ("drop=nan", "neither a count"),
        ("drop=²", "neither a count"),
        ("drop=3@2", "neither a count"),
        ("drop=0.1@0.1", "neither a count"),
    ],
)
def test_a_wrong_specification_is_one_sentence(spec: str, says: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(says)) as caught:
        parse_faults(spec)
    assert "\n" not in str(caught.value)


def test_the_command_refuses_it() -> None:
    result = CliRunner().invoke(app, ["exchange", "--faults", "rest=1"])
    assert isinstance(result.exception, ConfigError)


def outcomes(seed: int, spec: str = "all") -> list[object]:
    faults = SeededFaults(spec, seed)
    frames = [faults.frame(1, "ausdt@aggTrade", PAYLOAD) for _ in range(3_000)]
    requests = [faults.request("/fapi/v1/aggTrades", 5) for _ in range(300)]
    looks = [faults.connection(number, 1.0) for number in range(300)]
    return [frames, requests, looks, dict(faults.fired)]


def test_the_draws_repeat_with_the_seed() -> None:
    assert outcomes(3) == outcomes(3)
    assert outcomes(3) != outcomes(4)


def test_one_fault_more_leaves_the_others_where_they_were() -> None:
    few, more = SeededFaults("drop=0.05", 1), SeededFaults("drop=0.05,429=0.5", 1)
    for _ in range(500):
        more.request("/fapi/v1/time", 1)
        assert few.frame(1, "x@aggTrade", PAYLOAD) == more.frame(1, "x@aggTrade", PAYLOAD)
    assert few.fired["drop"] == more.fired["drop"] > 10


def test_a_count_is_a_bound() -> None:
    faults = SeededFaults("drop=3", 1)
    lost = sum(not faults.frame(1, "x@aggTrade", PAYLOAD) for _ in range(20_000))
    assert lost == faults.fired["drop"] == faults.fired_rows[10] == 3


def test_frames_of_other_streams_pass() -> None:
    faults = SeededFaults("drop=0.99", 1)
    assert faults.frame(1, "x@bookTicker", b"{}") == (b"{}",)


def test_an_end_is_an_end() -> None:
    faults = SeededFaults("drop=0.5,5xx=0.5", 1)
    faults.end()
    assert all(faults.frame(1, "x@aggTrade", PAYLOAD) == (PAYLOAD,) for _ in range(100))
    assert all(faults.request("/fapi/v1/time", 1) is None for _ in range(100))
