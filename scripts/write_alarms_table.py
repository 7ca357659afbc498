"""Writes the table of alarms in docs/operate.md from the rules in deploy/prometheus/alerts.yml."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
RULES = ROOT / "deploy" / "prometheus" / "alerts.yml"
TARGET = ROOT / "docs" / "operate.md"
RUNBOOK = "../src/spreadscope/dashboard/runbook/{name}.md"
HEAD = "| alarm | fires when | for | severity | runbook |"
AFTER = "\n\n### The Grafana board"
_RULE = re.compile(
    r" +- alert: (?P<name>\w+)\n"
    r" +expr: (?P<expression>.+)\n"
    r"(?: +for: (?P<wait>\w+)\n)?"
    r" +labels:\n +severity: (?P<severity>\w+)\n"
    r" +annotations:\n +summary: \"(?P<summary>.+)\"\n"
    r" +runbook_url: '(?P<dashboard>.+)/runbook/(?P<runbook>[a-z-]+)'\n"
)


class AlarmRule(NamedTuple):
    """A rule as it stands in the file; ``wait`` is None where it fires at once."""

    name: str
    expression: str
    wait: str | None
    severity: str
    summary: str
    dashboard: str
    runbook: str


def alarm_rules() -> Iterator[AlarmRule]:
    """Yields the rules of the file. Raises ``ValueError`` for one that is written otherwise than the others."""
    text = RULES.read_text(encoding="utf-8")
    for part in text.split("      - alert: ")[1:]:
        found = _RULE.match(f"      - alert: {part}")
        if found is None:
            raise ValueError(f"{RULES.name}: the rule {part.partition(chr(10))[0]} is not written as the others are")
        yield AlarmRule(**found.groupdict())


def page(text: str) -> str:
    """Returns the page with its table made anew; what stands around the table stays."""
    above, rest = text[: text.index(HEAD)], text[text.index(HEAD) :]
    rows = [
        f"| `{rule.name}` | `{rule.expression}` | {rule.wait or 'at once'} | {rule.severity} |"
        f" [{rule.runbook}]({RUNBOOK.format(name=rule.runbook)}) |"
        for rule in alarm_rules()
    ]
    return above + "\n".join([HEAD, "|---|---|---|---|---|", *rows]) + rest[rest.index(AFTER) :]


if __name__ == "__main__":
    TARGET.write_text(page(TARGET.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{TARGET.name} is written\n")
