"""What a command says at its edges: times beyond any calendar, and files in which nothing is."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Self

import pytest

from spreadscope.commands import options, recordings
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError, RecordingError


@pytest.mark.parametrize(
    "text", ["9223372036854775807", "9223372036854775808", "9" * 40, "253402300800001", "²", "soon", "-1"]
)
def test_a_time_beyond_the_calendar_is_one_sentence(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        options.milliseconds(text, 0)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_times_that_are_some() -> None:
    assert options.milliseconds("1761990600123", 0) == 1_761_990_600_123
    assert options.milliseconds("2025-11-01T09:50", 0) == 1_761_990_600_000
    assert options.milliseconds(None, 7) == 7


@pytest.mark.parametrize(
    "text", ['{"spreadscope":"recording","version":1,"started_ns":1,"source":""}\n', '1700000000000000000 {"x":1}\n']
)
def test_a_recording_without_a_frame_ends_with_a_status(tmp_path: Path, text: str) -> None:
    file = tmp_path / "empty.ndjson"
    file.write_text(text)
    if "spreadscope" in text:
        with pytest.raises(RecordingError, match="no frame that can be replayed"):
            recordings.run_replay([file], Config(), speed=None, data=None, as_json=True)
    else:  # what the exchange may send and this version does not know is no damage
        recordings.run_replay([file], Config(), speed=None, data=None, as_json=True)


def test_frames_that_are_none_of_the_exchanges_are_said(tmp_path: Path) -> None:
    file = tmp_path / "other.txt"
    file.write_text('1700000000000000000 {"stream":"a@aggTrade","data":{"e":"aggTrade"}}\n' * 3)
    with pytest.raises(RecordingError, match="all 3 are none of the exchange's"):
        recordings.run_replay([file], Config(), speed=None, data=None, as_json=True)


def test_a_record_into_which_nothing_came_ends_with_a_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent:
        frames = missing = 0

        def __init__(self, *_: Any) -> None: ...

        async def __aenter__(self) -> Self:
            return self

        async def __aexit__(self, *_: object) -> None: ...

    monkeypatch.setattr(recordings, "Recorder", Silent)
    with pytest.raises(RecordingError, match="nothing came while"):
        asyncio.run(recordings.run_record(Config(), tmp_path / "r.ndjson", duration=0.0, as_json=True))
