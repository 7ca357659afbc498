"""The job of a study, computed in a worker process."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec

from spreadscope.model.facts import PairRow
from spreadscope.model.instrument import parse_pair
from spreadscope.research.job_kinds import PARAMETERS, ReportProgress
from spreadscope.research.lab.bars import LegBars, bars_of
from spreadscope.research.lab.dropped import ReadFiles, read_files
from spreadscope.research.lab.study import StudyInput, study
from spreadscope.research.lab.study_parameters import MOST_ROWS, STUDY_RESULT, TABLES, StudyParameters
from spreadscope.research.lab.study_settings import settings_of
from spreadscope.research.lab.table import TableFiles
from spreadscope.store.labels import Label
from spreadscope.store.reader import StoreReader


def run(folder: Path, progress: ReportProgress) -> Sequence[str]:
    """Compute the study of a job's folder. Returns the names of the result and of the tables."""
    given = msgspec.json.decode((folder / PARAMETERS).read_bytes(), type=StudyParameters)
    body, base = given.body, given.base()
    pair = parse_pair(body.pair)
    settings = [settings_of(base, body.timeframe, parameters) for parameters in body.sets]
    files = read_files(folder, body.file_options, progress)
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
    (folder / STUDY_RESULT).write_bytes(msgspec.json.encode(result))
    return [STUDY_RESULT, *(name for table in tables for name in table.names)]


def _label(legs: Sequence[LegBars], files: ReadFiles, store: StoreReader | None) -> Label:
    demo = store.label(None).demo if store is not None and any(leg.stored for leg in legs) else ""
    if not demo and not all(leg.stored for leg in legs):
        demo = files.demo()
    return Label(demo=demo)
