"""Writes docs/statistics-table.md from the declarations: every statistic of a pair, and every hedge model."""

from __future__ import annotations

import sys
from pathlib import Path

from spreadscope.model.config import AnalyticsConfig
from spreadscope.pairs.hedge import MODELS
from spreadscope.pairs.statistics import STATISTICS, fill_in, label

TARGET = Path(__file__).parents[1] / "docs" / "statistics-table.md"


def table() -> str:
    """The page, as it is with the default configuration."""
    config = AnalyticsConfig()
    lines = [
        "# Statistics of a pair, and hedge models",
        "",
        (
            "Made by `python scripts/write_statistics_table.py` from the declarations in `pairs/statistics` and"
            " `pairs/hedge`; a test holds it to them."
        ),
        "",
        "| key | on the screen | what it is | in rules | counted in | source |",
        "|---|---|---|---|---|---|",
    ]
    for statistic in STATISTICS.values():
        rule = statistic.rule
        name = f"`{rule.name or statistic.key}`" if rule else ""
        words = (
            label(statistic, config),
            fill_in(statistic.help, config),
            name,
            str(statistic.measure.value),
            statistic.source,
        )
        lines.append(f"| `{statistic.key}` | " + " | ".join(text.replace("|", "\\|") for text in words) + " |")
    lines += ["", "| `analytics.hedge` | called | what it is |", "|---|---|---|"]
    for name, model in MODELS.items():
        words = " ".join(str(model.__doc__).split()).replace("``", "`")
        lines.append(f"| `{name.value}` | {model.label} | {words} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(table(), encoding="utf-8")
    sys.stdout.write(f"{TARGET.name} is written\n")
