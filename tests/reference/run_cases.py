"""Run the reference cases through Spreadscope's public functions and say which hold.

    python tests/reference/run_cases.py --cases ../shared/reference/cases.json [--json] [--only ID]

Every number compared is one that a public function of Spreadscope returned. A ``call`` without a mapping is
"not mapped", never passed. The exit status is 0 when every must and should case passes.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

if not __package__:  # run by its path
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.reference.compare import Checks
from tests.reference.mappings import MAPPINGS
from tests.reference.parameters import Parameters, Tolerance


@dataclass
class Outcome:
    """One case: passed, failed, not mapped or error; the worst error in units of what was allowed."""

    id: str
    priority: str
    status: str
    worst: float | None
    detail: str
    seconds: float
    checks: int = 0
    failures: list[str] = field(default_factory=list)


def run_case(case: dict[str, Any], series: dict[str, list[float]]) -> Outcome:
    """One case through its mapping."""
    started = time.perf_counter()
    mapping = MAPPINGS.get(case["call"]["name"])

    def outcome(status: str, worst: float | None, detail: str, checks: int = 0) -> Outcome:
        return Outcome(case["id"], case["priority"], status, worst, detail, time.perf_counter() - started, checks)

    if mapping is None:
        return outcome("not mapped", None, f"no mapping for {case['call']['name']!r}")
    checks = Checks()
    try:
        inputs = {
            key: series[value] if isinstance(value, str) and value in series else value
            for key, value in case["inputs"].items()
        }
        if isinstance(inputs.get("columns"), list) and all(isinstance(c, str) for c in inputs["columns"]):
            inputs["columns"] = [series[str(name)] for name in inputs["columns"]]
        params = Parameters(case["call"].get("params", {}), inputs, case.get("function", ""))
        mapping(inputs, params, case["expected"], Tolerance(case.get("tolerance", {})), checks)
    except Exception as error:  # noqa: BLE001  # a case that raises is reported with its error, and the rest still run
        return outcome("error", None, f"{type(error).__name__}: {error}")
    if not checks.made:
        return outcome("not mapped", None, "the mapping compared nothing")
    result = outcome("failed" if checks.failures else "passed", checks.worst, checks.worst_label, len(checks.made))
    result.failures = checks.failures
    return result


def run_file(path: Path, only: str | None = None) -> list[Outcome]:
    """Every case of a file of format 2."""
    document = json.loads(path.read_text(encoding="utf-8"))
    if document.get("format") != 2:
        raise SystemExit(f"{path} has format {document.get('format')!r}; this runner reads format 2")
    cases = [case for case in document["cases"] if only is None or case["id"] == only]
    return [run_case(case, document["series"]) for case in cases]


def counts(outcomes: list[Outcome]) -> dict[str, dict[str, int]]:
    """Outcomes by priority and status."""
    table: dict[str, dict[str, int]] = {}
    for outcome in outcomes:
        row = table.setdefault(outcome.priority, {"passed": 0, "failed": 0, "error": 0, "not mapped": 0})
        row[outcome.status] += 1
    return table


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", help="one case, by id")
    options = parser.parse_args(arguments)
    outcomes = run_file(options.cases, options.only)
    table = counts(outcomes)
    write = sys.stdout.write
    if options.json:
        write(json.dumps({"counts": table, "cases": [asdict(outcome) for outcome in outcomes]}, indent=1) + "\n")
    else:
        for outcome in outcomes:
            worst = "" if outcome.worst is None else f"{outcome.worst:9.2e} of allowed"
            write(f"{outcome.status:10}  {outcome.id:42}  {worst}  {outcome.detail}\n")
            for failure in outcome.failures:
                write(f"            {failure}\n")
        for priority, row in table.items():
            shown = ", ".join(f"{number} {status}" for status, number in row.items() if number)
            write(f"{priority}: {shown} of {sum(row.values())}\n")
    required = [outcome for outcome in outcomes if outcome.priority in ("must", "should")]
    return 0 if all(outcome.status == "passed" for outcome in required) else 1


if __name__ == "__main__":
    raise SystemExit(main())
