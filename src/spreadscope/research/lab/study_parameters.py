"""What the jobs of the lab are told, checked before they begin; the engine imports this and none of what they need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from spreadscope.contract.lab import MOST_SETS, MOST_STUDY_FILES, FileOptions, FilesBody, StudyBody
from spreadscope.importing.kinds import parse_columns
from spreadscope.model.config import AnalyticsConfig, SignalConfig
from spreadscope.model.errors import ConfigError
from spreadscope.model.instrument import parse_pair, parse_symbol
from spreadscope.model.parameter_layers import PairParameters
from spreadscope.research.lab.study_settings import settings_of

STUDY_RESULT = "study.json"
FILES_RESULT = "files.json"
TABLES = ("table-a", "table-b")
MOST_ROWS = 100_000

# The importer's sentences name options of the command line; on a page they are fields.
_FIELDS = {
    "name it with --symbol": "write it into the field Symbol of the files",
    "name it with --timeframe": "choose it in the field Bars of",
    "leave out --timeframe, or name": "clear the field Bars of, or choose",
    "with --columns": "in the field Columns, such as",
    "in --columns": "in the field Columns",
    "--columns": "the field Columns with",
    "spreadscope scan --bars": "the Scanner page",
    "spreadscope scan": "the Scanner page",
}


class StudyParameters(msgspec.Struct, frozen=True):
    """What a worker is told: the study, what holds for the pair, and the database of its store."""

    body: StudyBody
    analytics: dict[str, Any]
    signals: dict[str, Any]
    database: str

    def base(self) -> PairParameters:
        """Returns what holds for the pair, over which the sets are laid."""
        return PairParameters(AnalyticsConfig(**self.analytics), SignalConfig(**self.signals))


def study_parameters(body: StudyBody, base: PairParameters, database: Path) -> StudyParameters:
    """Returns the parameters of a job. Raises the errors of a body that cannot be studied."""
    parse_pair(body.pair)
    if not 1 <= len(body.sets) <= MOST_SETS:
        raise ConfigError(f"a study has one or two sets of parameters, not {len(body.sets)}")
    if len(body.files) > MOST_STUDY_FILES:
        raise ConfigError(f"a study takes at most {MOST_STUDY_FILES} files: drop fewer")
    if body.start >= body.end:
        raise ConfigError("the range ends before it begins: choose a later end")
    require_file_options(body.file_options)
    for parameters in body.sets:
        settings_of(base, body.timeframe, parameters)
    return StudyParameters(
        body, base.analytics.model_dump(mode="json"), base.signals.model_dump(mode="json"), str(database)
    )


def require_files(body: FilesBody) -> None:
    """Refuse a body that names no file, too many, or wrong options. Raises ``ConfigError`` or ``SymbolError``."""
    if not 1 <= len(body.files) <= MOST_STUDY_FILES:
        raise ConfigError(f"name 1 to {MOST_STUDY_FILES} dropped files, not {len(body.files)}")
    require_file_options(body.file_options)


def require_file_options(options: FileOptions) -> None:
    """Refuse options that cannot be read. Raises ``ConfigError`` or ``SymbolError``."""
    if options.symbol.strip():
        parse_symbol(options.symbol)
    try:
        parse_columns(options.columns)
    except ConfigError as error:
        raise ConfigError(in_words(str(error))) from None


def in_words(text: str) -> str:
    """Returns a sentence of the importer for a page: with fields in place of options."""
    for option, field in _FIELDS.items():
        text = text.replace(option, field)
    return text
