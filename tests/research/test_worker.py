"""The worker process alone: it ends with its engine, however that ended."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec

from spreadscope import isolation
from spreadscope.children import PARENT
from spreadscope.research.job_kinds import PARAMETERS
from tests.support.job_modules import How

ROOT = Path(__file__).parents[2]


def test_a_worker_whose_engine_is_gone_ends_by_itself(tmp_path: Path) -> None:
    (tmp_path / PARAMETERS).write_bytes(msgspec.json.encode(How("sleep")))
    environment = {**isolation.environment(), PARENT: "1", "PYTHONPATH": str(ROOT)}  # no longer its parent
    assert os.getpid() != 1
    done = subprocess.run(
        [sys.executable, "-m", "spreadscope.research.worker", "tests.support.job_modules", str(tmp_path)],
        env=environment, timeout=60, check=False, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 1
