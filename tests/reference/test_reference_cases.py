"""The shared reference cases: every must and should passes, and at least half of the could."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.reference.run_cases import counts, run_case, run_file

CASES = Path(__file__).parents[2] / ".." / "shared" / "reference" / "cases.json"


@pytest.mark.shared
@pytest.mark.slow
def test_must_and_should_cases_pass() -> None:
    if not CASES.exists():
        pytest.skip(f"the reference cases are not beside the checkout ({CASES})")
    outcomes = run_file(CASES)
    wrong = [f"{o.id}: {o.status} {o.detail}" for o in outcomes if o.priority != "could" and o.status != "passed"]
    assert not wrong, "\n".join(wrong)
    could = counts(outcomes).get("could", {"passed": 0})
    assert 2 * could["passed"] >= sum(could.values())


def test_an_unknown_call_is_not_mapped() -> None:
    case = {"id": "x", "priority": "must", "call": {"name": "no_such_thing"}, "inputs": {}, "expected": {}}
    assert run_case(case, {}).status == "not mapped"


def test_a_wrong_value_fails_and_a_right_one_passes(tmp_path: Path) -> None:
    case = {
        "id": "tls",
        "area": "TLS",
        "priority": "must",
        "call": {"name": "tls", "params": {}},
        "inputs": {"y": "s", "x": [0.0, 1.0, 2.0]},
        "expected": {"beta": 2.0, "alpha": 1.0},
        "tolerance": {"rel": 1e-9},
    }
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"format": 2, "series": {"s": [1.0, 3.0, 5.0]}, "cases": [case]}))
    assert [o.status for o in run_file(path)] == ["passed"]
    case["expected"] = {"beta": 2.1, "alpha": 1.0}
    path.write_text(json.dumps({"format": 2, "series": {"s": [1.0, 3.0, 5.0]}, "cases": [case]}))
    assert [o.status for o in run_file(path)] == ["failed"]
