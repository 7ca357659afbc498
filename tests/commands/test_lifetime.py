"""How a command leaves: with its status, its output and its exit handlers, and without taking the interpreter apart."""

from __future__ import annotations

import os
import subprocess
import sys

BEGIN = """
import atexit, sys, threading, time
from spreadscope.commands.lifetime import make_fast_exit

class Heavy:
    def __del__(self):
        print("taken apart", flush=True)

held = [Heavy()]
leave = make_fast_exit()
atexit.register(lambda: print("exit handler"))
"""


def run(program: str, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BEGIN + program], stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
    )  # fmt: skip


def test_output_and_exit_handlers_come_and_nothing_is_taken_apart() -> None:
    done = run("sys.stdout.write('said\\n')\nleave(3)")
    assert (done.returncode, done.stdout, done.stderr) == (3, "said\nexit handler\n", "")
    assert "taken apart" in run("held.clear()\nleave(0)").stdout, "it would have been seen"


def test_threads_that_have_work_end_first() -> None:
    done = run("threading.Thread(target=lambda: (time.sleep(0.2), print('worked'))).start()\nleave(0)")
    assert (done.returncode, done.stdout) == (0, "worked\nexit handler\n")


def test_an_error_that_nobody_caught_is_shown_and_is_status_1() -> None:
    done = run("raise ValueError('a bug')")
    assert done.returncode == 1
    assert "ValueError: a bug" in done.stderr


def test_output_that_nobody_can_have_is_no_success() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        done = run("leave(0)", full)
    finally:
        os.close(full)
    assert (done.returncode, done.stderr) == (120, "")
