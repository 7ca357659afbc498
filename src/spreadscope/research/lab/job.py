"""The job of a study, and the job that reads dropped files: computed in a worker process."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec

from spreadscope.contract.lab import FilesBody, FilesReport, StudyBody
from spreadscope.model.config import AnalyticsConfig, Config, SignalConfig
from spreadscope.model.facts import PairRow
from spreadscope.model.instrument import parse_pair
from spreadscope.research.job_kinds import INPUT, PARAMETERS, ReportProgress
from spreadscope.research.lab.bars import LegBars, bars_of
from spreadscope.research.lab.dropped import ReadFiles, read_files
from spreadscope.research.lab.settings import settings_of
from spreadscope.research.lab.study import MOST_ROWS, StudyInput, study
from spreadscope.research.lab.table import TableFiles
from spreadscope.store.labels import Label
from spreadscope.store.reader import StoreReader

RESULT = "study.json"
FILES_RESULT = "files.json"
TABLES = ("table-a", "table-b")


class StudyParameters(msgspec.Struct, frozen=True):
    """What a worker is told: the study, the engine's statistics and signals, and the database of its store."""

    body: StudyBody
    analytics: dict[str, Any]
    signals: dict[str, Any]
    database: str

    def config(self) -> Config:
        """Returns the configuration over which the sets are laid."""
        sections = {"analytics": AnalyticsConfig(**self.analytics), "signals": SignalConfig(**self.signals)}
        return Config().model_copy(update=sections)


def study_parameters(body: StudyBody, config: Config, database: Path) -> StudyParameters:
    """Returns the parameters of a job. Raises the errors of a body that cannot be studied."""
    parse_pair(body.pair)
    for parameters in body.sets:
        settings_of(config, parameters)
    return StudyParameters(
        body, config.analytics.model_dump(mode="json"), config.signals.model_dump(mode="json"), str(database)
    )


def run(folder: Path, progress: ReportProgress) -> Sequence[str]:
    """Compute the study of a job's folder. Returns the names of the result and of the tables."""
    given = msgspec.json.decode((folder / PARAMETERS).read_bytes(), type=StudyParameters)
    body, config = given.body, given.config()
    pair = parse_pair(body.pair)
    settings = [settings_of(config, parameters) for parameters in body.sets]
    files = read_files(folder, _inputs(folder), body.file_options, progress)
    store = StoreReader(Path(given.database)) if Path(given.database).is_file() else None
    progress(0.0, "reading bars")
    legs = [
        bars_of(symbol, body.timeframe, body.start, body.end, files, store, most=MOST_ROWS) for symbol in pair.symbols
    ]
    label = _label(legs, files, store)
    with ExitStack() as stack:
        tables = [stack.enter_context(TableFiles(folder, TABLES[number], label)) for number in range(len(settings))]

        def take_row(number: int, row: PairRow) -> None:
            tables[number].add(row)

        result = study(
            StudyInput(
                pair=pair,
                timeframe=body.timeframe,
                bars_y=legs[0].bars,
                bars_x=legs[1].bars,
                sets=settings,
                sources=(legs[0].source, legs[1].source),
                demo=bool(label.demo),
                notes=[note for leg in legs for note in leg.notes],
                files=files.reports,
            ),
            progress,
            take_row,
        )
    (folder / RESULT).write_bytes(msgspec.json.encode(result))
    return [RESULT, *(name for table in tables for name in table.names)]


def _inputs(folder: Path) -> list[Path]:
    """Returns the dropped files of a job in the order in which they were named."""
    return sorted(path for path in (folder / INPUT).glob("*/*") if path.is_file())


def _label(legs: Sequence[LegBars], files: ReadFiles, store: StoreReader | None) -> Label:
    demo = store.label(None).demo if store is not None and any(leg.stored for leg in legs) else ""
    if not demo and not all(leg.stored for leg in legs):
        demo = files.demo()
    return Label(demo=demo)


class FilesParameters(msgspec.Struct, frozen=True):
    """What a worker is told that only reads files."""

    body: FilesBody


def read(folder: Path, progress: ReportProgress) -> Sequence[str]:
    """Read the dropped files of a job's folder. Returns the name of the report."""
    given = msgspec.json.decode((folder / PARAMETERS).read_bytes(), type=FilesParameters)
    files = read_files(folder, _inputs(folder), given.body.file_options, progress)
    report = FilesReport(files=files.reports, spans=files.spans())
    (folder / FILES_RESULT).write_bytes(msgspec.json.encode(report))
    return [FILES_RESULT]
