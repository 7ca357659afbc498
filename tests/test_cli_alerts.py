"""``spreadscope alerts check`` and ``test``, as a user runs them."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from tests.e2e.line import run
from tests.notify.receivers import answer, http_receiver

FILE = """
[[channel]]
name = "hook"
kind = "webhook"
url_file = "hook.secret"
lan = ["127.0.0.1"]
[[channel]]
name = "off"
url_env = "NOT_SET"
enabled = false
[[rule]]
name = "far"
when = "abs(z) > 2"
subject = "AAAUSDT/BBBUSDT"
"""


def write(folder: Path, text: str = FILE, address: str = "https://hook.example.com/a-secret-path") -> Path:
    (folder / "hook.secret").write_text(address)
    (folder / "hook.secret").chmod(0o600)
    file = folder / "alerts.toml"
    file.write_text(text, encoding="utf-8")
    return file


async def spreadscope(*words: object, **environment: str) -> tuple[int, str, str]:
    """→ exit status, standard output and standard error."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "spreadscope", "alerts", *map(str, words)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | environment,
    )
    out, err = await asyncio.wait_for(child.communicate(), 60)
    return child.returncode or 0, out.decode(), err.decode()


def test_check_says_what_a_file_defines(tmp_path: Path) -> None:
    async def main() -> None:
        file = write(tmp_path)
        (tmp_path / "hook.secret").chmod(0o644)
        status, out, err = await spreadscope("check", file)
        assert (status, out) == (0, "")
        assert err.splitlines() == [
            "warning: channel 'hook': others can read the url_file 'hook.secret': chmod 600 it",
            "channel hook: https://hook.example.com/****",
            "channel off: switched off",
            "rule far: abs(z) > 2, AAAUSDT/BBBUSDT at 1s",
            f"{file}: 2 channels, 1 rules, no mistake",
        ]
        status, out, _ = await spreadscope("check", file, "--json")
        document = json.loads(out)
        assert (status, document["ok"]) == (0, True)
        assert [channel["name"] for channel in document["channels"]] == ["hook", "off"]
        assert document["rules"][0]["rule_id"].startswith("file-")

    run(main())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FILE.replace("when", "whem"), "rule 'far': unknown key 'whem': did you mean 'when'?"),
        (FILE.replace("abs(z) > 2", "abs(zz) > 2"), "rule 'far': unknown subject 'zz'"),
        (FILE.replace("hook.secret", "none.secret"), "cannot read the url_file 'none.secret'"),
        (FILE.replace('kind = "webhook"', 'kind = "email"'), "its address is no mail server"),
    ],
)
def test_check_says_what_is_wrong_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    async def main() -> None:
        status, out, err = await spreadscope("check", write(tmp_path, text))
        assert (status, out) == (2, "")
        assert said in err
        assert err.startswith("spreadscope: ")
        assert len(err.splitlines()) == 1
        assert "a-secret-path" not in err

    run(main())


def test_check_without_a_file(tmp_path: Path) -> None:
    async def main() -> None:
        status, _, err = await spreadscope("check", tmp_path / "none.toml")
        assert status == 2
        assert err == f"spreadscope: {tmp_path / 'none.toml'}: cannot be read: No such file or directory\n"

    run(main())


@pytest.mark.slow
def test_test_really_sends_and_tells_the_answer(tmp_path: Path) -> None:
    async def main() -> None:
        async with http_receiver() as receiver:
            file = write(tmp_path, address=receiver.url("/a-secret-path"))
            status, out, err = await spreadscope("test", "hook", "--file", file)
            assert (status, out) == (0, "")
            assert err.startswith("hook: HTTP 200: ok (")
            status, out, _ = await spreadscope("test", "hook", "--data", tmp_path, "--json")
            assert json.loads(out)["message"] == "HTTP 200: ok"
            assert [request.document["test"] for request in receiver.requests] == [True, True]
            receiver.answers = lambda request: answer("403 Forbidden", f"not {request.path}")
            status, out, err = await spreadscope("test", "hook", "--file", file)
            assert (status, out, err) == (2, "", "spreadscope: 127.0.0.1 refused: HTTP 403: not /****\n")
            receiver.hold = True
            status, _, err = await spreadscope(
                "test", "hook", "--file", file, SPREADSCOPE_ALERTS__TIMEOUT_SECONDS="0.3"
            )
            assert status == 2
            assert "answer" in err
        for name, said in (
            ("off", "is switched off"),
            ("hok", "there is no channel 'hok': the file defines hook, off"),
        ):
            status, _, err = await spreadscope("test", name, "--file", file)
            assert (status, len(err.splitlines())) == (2, 1)
            assert said in err

    run(main())
