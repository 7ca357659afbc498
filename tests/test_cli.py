"""The command line as a person uses it: real processes, one clear line for every mistake."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.line import write_recording
from tests.support.command import command, spreadscope

PAIR = "AAAUSDT/BBBUSDT"


@pytest.fixture(autouse=True)
def default_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command without --data must not meet the store of whoever runs the tests."""
    monkeypatch.setenv("SPREADSCOPE_DATA", str(tmp_path / "default-data"))


def process(*arguments: object, expect: int = 0) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "spreadscope", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == expect, done.stderr
    assert "Traceback" not in done.stderr
    return done


@contextlib.contextmanager
def running(*arguments: object) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A command with --json: its process and its ready line."""
    process = subprocess.Popen(
        [sys.executable, "-m", "spreadscope", *map(str, arguments), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.stderr.read() if process.stderr else ""
        yield process, json.loads(line)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def wait_for(url: str, judge: Any, seconds: float = 30.0) -> Any:
    """The first answer that ``judge`` accepts."""
    deadline = time.monotonic() + seconds
    answer = None
    with httpx.Client() as client:
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):  # one that is started again does not answer for a while
                answer = client.get(url).json()
                if judge(answer):
                    return answer
            time.sleep(0.02)  # what is waited for needs the processor
    raise AssertionError(f"{url} never answered as wanted: {answer}")


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write_recording(tmp_path / "recording.txt", seconds=180, a_second=4)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["engine", "--pair", "BTCUSDT"], "malformed pair 'BTCUSDT': write Y/X"),
        (["engine", "--pair", "BTCUSDT/BTCUSDT"], "same symbol on both legs"),
        (["engine", "--symbols", "BTCUSDT,btcusdt"], "BTCUSDT is given twice"),
        (["engine", "--symbols", "BTC USDT"], "malformed symbol"),
        (["engine", "--config", "nowhere.toml"], "no configuration file nowhere.toml"),
        (["exchange", "--recording", "nowhere.gz"], "nowhere.gz"),
        (["exchange", "--speed", "fast"], "neither a factor such as 20 nor max"),
        (["exchange", "--symbols", "1"], "at least 2 symbols"),
        (["replay", "nowhere.ndjson"], "nowhere.ndjson"),
        (["export", "candles", "--symbol", "BTCUSDT"], "choose ticks, bars, analytics, signals"),
        (["export", "bars"], "bars are of a symbol"),
        (["export", "bars", "--symbol", "BTCUSDT", "--data", "/nonexistent"], "there is no store"),
        (["export", "ticks", "--symbol", "BTCUSDT", "--from", "yesterday"], "neither ISO"),
        (["record", "--out", "x.ndjson"], "name what to record"),
    ],
)
def test_a_mistake_is_one_clear_line_and_exit_status_2(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    done = command(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_mistake_ends_the_process_with_status_2_and_no_traceback(tmp_path: Path) -> None:
    """What the process of the command itself adds: the others run the command in this one."""
    done = process("replay", tmp_path / "nowhere.ndjson", expect=2)
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "nowhere.ndjson" in done.stderr


def test_an_unknown_configuration_key_names_the_nearest(tmp_path: Path) -> None:
    file = tmp_path / "spreadscope.toml"
    file.write_text("[signals]\nentree = 2\n", encoding="utf-8")
    done = spreadscope("engine", "--config", file, expect=2)
    assert "'signals.entree': did you mean 'signals.entry'?" in done.stderr


def test_a_truncated_recording_and_a_file_that_is_none(tmp_path: Path) -> None:
    import gzip

    whole = gzip.compress(write_recording(tmp_path / "r.txt", seconds=10).read_bytes())
    (tmp_path / "cut.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "none.txt").write_text("once upon a time\n", encoding="utf-8")
    for name in ("cut.gz", "none.txt"):
        done = spreadscope("replay", tmp_path / name, expect=2)
        assert name in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


def test_a_port_in_use_and_a_directory_that_cannot_be_written(tmp_path: Path, recording: Path) -> None:
    with running("exchange", "--recording", recording) as (_, market), socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        urls = ["--rest-url", market["rest"], "--ws-url", market["ws"], "--symbols", "AAAUSDT"]
        port = taken.getsockname()[1]
        done = spreadscope("engine", *urls, "--data", tmp_path / "d", "--port", port, expect=2)
        assert f"port {port} on 127.0.0.1 cannot be used" in done.stderr
        (tmp_path / "file").write_text("", encoding="utf-8")
        done = spreadscope("engine", *urls, "--data", tmp_path / "file" / "d", "--port", 0, expect=2)
        assert "not writable" in done.stderr
        done = spreadscope(
            "engine", "--rest-url", market["rest"], "--ws-url", market["ws"], "--symbols", "AABUSDT",
            "--data", tmp_path / "d", "--port", 0, expect=2,
        )  # fmt: skip
        assert "lists no symbol AABUSDT: did you mean AAAUSDT?" in done.stderr


def test_engine_over_exchange_stops_on_sigint_with_everything_on_disk(tmp_path: Path, recording: Path) -> None:
    data = tmp_path / "store"
    with running("exchange", "--recording", recording, "--speed", "max") as (_, market):
        arguments = ["engine", "--rest-url", market["rest"], "--ws-url", market["ws"], "--pair", PAIR, "--data", data]
        with running(*arguments, "--port", 0) as (engine, ready):
            assert ready["mode"] == "demo"
            assert ready["data"] == str(data)
            second = subprocess.run(
                [sys.executable, "-m", "spreadscope", *map(str, arguments), "--port", "0"],
                capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
            assert second.returncode == 2
            assert "another engine is writing" in second.stderr
            status = wait_for(
                f"{ready['api']}/api/status",
                lambda s: all(x["trades"] > 700 and x["missing"] == 0 for x in s["symbols"]) and s["symbols"],
            )
            engine.send_signal(signal.SIGINT)
            _, errors = engine.communicate(timeout=30)
            assert engine.returncode == 0, errors
            assert not (data / "spreadscope.db-wal").exists(), "the store was not closed"
            assert "Traceback" not in errors
        ticks = spreadscope("export", "ticks", "--symbol", "AAAUSDT", "--data", data).stdout
        lines = ticks.splitlines()
        assert lines[0].startswith("# DEMO DATA")
        ids = [int(row["id"]) for row in csv.DictReader(io.StringIO("\n".join(lines[1:])))]
        assert ids == list(range(ids[0], ids[-1] + 1))
        held = next(x for x in status["symbols"] if x["symbol"] == "AAAUSDT")
        assert ids[-1] >= held["last_id"]
        spreadscope(
            "export", "analytics", "--pair", PAIR, "--timeframe", "1s", "--data", data, "--format", "parquet",
            "--out", tmp_path / "rows.parquet",
        )  # fmt: skip
        assert (tmp_path / "rows.parquet").stat().st_size > 1000
        done = spreadscope("export", "bars", "--symbol", "ZZZ", "--data", data, expect=2)
        assert "it has AAAUSDT, BBBUSDT" in done.stderr


@pytest.mark.slow
def test_a_recording_we_made_replays_to_the_same_hash_as_its_source(tmp_path: Path, recording: Path) -> None:
    out = tmp_path / "ours.ndjson.zst"
    with running("exchange", "--recording", recording, "--speed", "60") as (_, market):
        urls = ["--rest-url", market["rest"], "--ws-url", market["ws"]]
        done = spreadscope("record", *urls, "--symbols", "AAAUSDT,BBBUSDT", "--out", out, "--duration", 6, "--json")
        result = json.loads(done.stdout)
        assert result["missing"] == 0
        assert result["frames"] > 1000
        again = spreadscope("record", *urls, "--symbols", "AAAUSDT", "--out", out, "--duration", 1, expect=2)
        assert "exists already" in again.stderr
    # In two processes: whatever order a set takes in each, the facts are the same.
    hashes = [replay("replay", out, "--pair", PAIR).stdout for replay in (spreadscope, process)]
    paced = spreadscope("replay", out, "--pair", PAIR, "--speed", "4").stdout
    assert hashes[0] == hashes[1] == paced
    assert len(hashes[0].strip()) == 64
    trades = [json.loads(spreadscope("replay", path, "--json").stdout)["trades"] for path in (recording, out)]
    assert trades[0] == trades[1]


def test_a_stored_session_plays_to_the_facts_it_had(tmp_path: Path, recording: Path) -> None:
    store = tmp_path / "store"
    first = spreadscope("replay", recording, "--pair", PAIR, "--data", store).stdout.strip()
    played = spreadscope("playback", "--data", store, "--speed", "max", "--to-end", "--json").stdout.splitlines()
    ready, end = json.loads(played[0]), json.loads(played[1])
    assert (ready["mode"], ready["session"]) == ("replay", 1)
    assert (end["hash"], end["equal"]) == (first, True)
    for wrong, said in (
        (["9"], "there is no session 9: the last ones are 1"),
        (["1", "--pair", PAIR], "leave the session out"),
        (["--from", "2026-01-01"], "need --pair"),
        (["1", "--at", "2000-01-01"], "--at is not in the session 1"),
        (["--pair", "CCCUSDT/DDDUSDT"], "no trades of CCCUSDT"),
        (["--speed", "fast"], "neither a factor"),
    ):
        refused = spreadscope("playback", "--data", store, *wrong, expect=2)
        assert said in refused.stderr, wrong


def test_a_stored_session_replays_and_answers_what_if(tmp_path: Path, recording: Path) -> None:
    store, short, wider = tmp_path / "store", tmp_path / "short.toml", tmp_path / "wider.toml"
    short.write_text("[analytics]\nhedge_window = 120\nz_window = 60\n", encoding="utf-8")  # the recording is short
    first = spreadscope("replay", recording, "--pair", PAIR, "--data", store, "--config", short).stdout.strip()
    again = spreadscope("replay", "--data", store)
    assert f"equal to what was said live: {first}" in again.stderr
    (session,) = json.loads(spreadscope("replay", "--data", store, "--json").stdout)["sessions"]
    assert session["equal"] is True
    assert session["hash"] == first
    windows = short.read_text(encoding="utf-8")
    wider.write_text(f"{windows}[signals]\nentry = 1.0\nexit = 0.2\n", encoding="utf-8")
    differences = json.loads(spreadscope("replay", "--data", store, "--what-if", wider, "--json").stdout)["differences"]
    assert {item["only"] for item in differences} == {"then", "what-if"}
    tape = json.loads(spreadscope("replay", "--data", store, "--pair", PAIR, "--timeframe", "1m", "--json").stdout)
    assert tape["trades"] == session["trades"]
    assert tape["facts"]["bar"] > 0
    none = spreadscope("replay", "--data", store, "--what-if", wider, "--to", "2000-01-01")
    assert "0 only as it was, 0 only with the other configuration" in none.stderr
    for wrong, said in (
        (["--data", store, "--session", 9], "there is no session 9"),
        (["--data", tmp_path / "nowhere"], "there is no store"),
        (["--data", store, "--pair", PAIR, "--session", 1], "replays stored trades"),
        (["--data", store, "--pair", "CCCUSDT/DDDUSDT"], "no trades of CCCUSDT"),
        (["--data", store, "--timeframe", "1m"], "needs --pair"),
        ([recording, "--what-if", wider], "leave the recordings out"),
    ):
        assert said in spreadscope("replay", *wrong, expect=2).stderr


@pytest.mark.slow
def test_demo_serves_everything_and_its_children_go_with_it(tmp_path: Path) -> None:
    with running("demo", "--no-dashboard", "--seed", "3", "--data", tmp_path / "demo") as (demo, ready):
        assert set(ready) >= {"api", "rest", "ws", "data"}
        pairs = wait_for(
            f"{ready['api']}/api/pairs",
            lambda pairs: pairs and pairs[0]["rows"]["1s"] and pairs[0]["rows"]["1s"]["z"][0] is not None,
        )
        assert pairs[0]["pair"] == "SYN1USDT/SYN2USDT"
        children = _children(demo.pid)
        assert len(children) == 2
        os.kill(children[1], signal.SIGKILL)  # the engine: it comes back at its address, with what it followed
        answered = wait_for(
            f"{ready['api']}/api/pairs", lambda pairs: len(pairs) == 5 and _children(demo.pid) != children, 60
        )
        assert answered[0]["pair"] == "SYN1USDT/SYN2USDT"
        children = _children(demo.pid)
        demo.send_signal(signal.SIGTERM)
        demo.wait(timeout=30)
        assert demo.returncode == 0
        assert not any(_alive(child) for child in children)


@pytest.mark.slow
def test_children_of_a_killed_demo_do_not_stay_behind(tmp_path: Path) -> None:
    with running("demo", "--no-dashboard", "--data", tmp_path / "demo") as (demo, _):
        children = _children(demo.pid)
        assert children
        demo.kill()
        demo.wait(timeout=10)
        deadline = time.monotonic() + 10
        while any(_alive(child) for child in children):
            assert time.monotonic() < deadline, "a child outlived the demo"
            os.sched_yield()


def _children(pid: int) -> list[int]:
    import psutil

    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


def _alive(pid: int) -> bool:
    import psutil

    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
