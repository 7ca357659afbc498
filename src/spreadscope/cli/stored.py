"""The commands of the store: export, import, archive, doctor, verify, backup and restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spreadscope.cli.parameters import ConfigFile, Data, Json
from spreadscope.commands import options
from spreadscope.model.errors import ConfigError
from spreadscope.model.instrument import parse_pair, parse_symbol
from spreadscope.model.timeframe import parse_timeframe

_EXPORTED = (
    "ticks, bars, analytics, signals or alerts; of a paper account fills, money, pair-trades, decisions or equity"
)


def export(
    kind: Annotated[str, typer.Argument(help=_EXPORTED)],
    symbol: Annotated[
        str | None, typer.Option(help="The symbol, for ticks and bars (of alerts: about it alone)")
    ] = None,
    pair: Annotated[
        str | None, typer.Option(help="The pair Y/X, for analytics and signals (of alerts: about it alone)")
    ] = None,
    account: Annotated[str, typer.Option(help="The paper account, for what is of one")] = "",
    timeframe: Annotated[str, typer.Option(help="1s, 1m or 5m")] = "1m",
    since: Annotated[str | None, typer.Option("--from", help="From this time on (ISO, UTC, or ms)")] = None,
    to: Annotated[str | None, typer.Option("--to", help="Before this time")] = None,
    format: Annotated[str, typer.Option(help="csv, parquet or ndjson")] = "csv",  # noqa: A002 - the option's name
    out: Annotated[str, typer.Option(help="A file, or - for standard output")] = "-",
    data: Data = None,
    config: ConfigFile = None,
) -> None:
    """Write stored ticks, bars, analytics, signals or alerts, or what is of a paper account, to a file.

    Example: spreadscope export bars --symbol BTCUSDT --timeframe 1m --out btc.csv
    """
    from spreadscope.commands.exporting import run_export
    from spreadscope.model.states import ExportFormat, ExportKind
    from spreadscope.store.export import ExportRequest

    kinds, formats = [str(item) for item in ExportKind], [str(item) for item in ExportFormat]
    if kind not in kinds:
        raise ConfigError(f"cannot export {kind!r}: choose {', '.join(kinds)}")
    if format not in formats:
        raise ConfigError(f"unknown format {format!r}: choose {', '.join(formats)}")
    request = ExportRequest(
        ExportKind(kind),
        ExportFormat(format),
        parse_symbol(symbol) if symbol else None,
        parse_pair(pair) if pair else None,
        parse_timeframe(timeframe),
        options.milliseconds(since, 0),
        options.milliseconds(to, 1 << 62),
        account=account,
    )
    run_export(options.load_settings(config, data=data).data, request, out)


def import_files(
    files: Annotated[list[Path], typer.Argument(help="Archives of the exchange, our exports, or tables of others")],
    data: Data = None,
    symbol: Annotated[str | None, typer.Option(help="The symbol, where neither name nor columns tell it")] = None,
    pair: Annotated[str | None, typer.Option(help="The pair Y/X of exported analytics or signals")] = None,
    timeframe: Annotated[str | None, typer.Option(help="Of bars: 1s, 1m or 5m")] = None,
    columns: Annotated[
        str | None, typer.Option(help="Which column is which: time=T,price=p,quantity=q or open_time=Date,…")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="ticks (aggregate trades), trades (raw) or bars")] = None,
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Import the exchange's public archives, our own exports, or any table of trades or bars (CSV, JSON, Parquet,
    Feather).

    Example: spreadscope import BTCUSDT-aggTrades-2026-11-21.zip --data ./data
    """
    from spreadscope.commands.importing import run_import
    from spreadscope.importing.kinds import KINDS, Content, parse_columns
    from spreadscope.importing.run import Options

    kinds = [str(item) for item in KINDS]
    if kind is not None and kind not in kinds:
        raise ConfigError(f"cannot import {kind!r}: choose {', '.join(kinds)}")
    import_options = Options(
        parse_symbol(symbol) if symbol else None,
        parse_pair(pair) if pair else None,
        parse_timeframe(timeframe) if timeframe else None,
        parse_columns(columns),
        Content(kind) if kind else None,
    )
    run_import(options.load_settings(config, data=data).data, files, import_options, as_json=json)


def archive(
    data: Data = None,
    before: Annotated[str | None, typer.Option(help="Only days before this one (UTC), for example 2026-11-01")] = None,
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Move closed UTC days from the database to Parquet files, each verified before its rows leave the database.

    Example: spreadscope archive --data ./data --before 2026-11-01
    """
    from spreadscope.commands.archiving import run_archive

    run_archive(options.load_settings(config, data=data).data, before, as_json=json)


def doctor(
    data: Data = None,
    repair: Annotated[bool, typer.Option("--repair", help="Repair ledger, gaps and bars from the trades")] = False,
    shrink: Annotated[bool, typer.Option("--shrink", help="Rewrite the database without its free pages")] = False,
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Verify the store: ids against the ledger, gaps, bars against trades, archive checksums.

    Exit status 1 on findings.

    Example: spreadscope doctor --data ./data --repair
    """
    from spreadscope.commands.doctor import run_doctor

    if not run_doctor(options.load_settings(config, data=data).data, repair=repair, shrink=shrink, as_json=json):
        raise typer.Exit(1)


def verify(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Integrity reports (JSON, or their folder), exported trades, archive files"),
    ] = None,
    data: Data = None,
    symbol: Annotated[
        str | None, typer.Option(help="The symbol of exported trades, where the file does not tell")
    ] = None,
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Prove that stored or exported trades are those that the integrity reports are of.

    Without a path it reads the whole store. It only reads, also beside a running engine. Exit status 1 where something
    differs.

    Example: spreadscope verify --data ./data
    """
    from spreadscope.commands.verify import run_verify

    chosen = parse_symbol(symbol) if symbol else None
    if not run_verify(options.load_settings(config, data=data).data, paths or [], chosen, as_json=json):
        raise typer.Exit(1)


def backup(
    file: Annotated[Path | None, typer.Argument(help="With --check: the backup to check")] = None,
    data: Data = None,
    out: Annotated[Path | None, typer.Option(help="The file (spreadscope-<date>-<time>.tar.zst)")] = None,
    recordings: Annotated[bool, typer.Option("--recordings", help="With the recordings, too")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only check a backup that was made")] = False,
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Back up a data directory to one file, also while an engine writes to it; the file is read again and checked.

    In it are the database as of one moment, the archive, integrity reports, settings and who has access.

    Example: spreadscope backup --data ./data --out monday.tar.zst
    """
    from spreadscope.commands.backups import run_backup, run_check

    if check != (file is not None):
        raise ConfigError("name the file to check after --check: spreadscope backup --check monday.tar.zst")
    if file is not None:
        run_check(file, as_json=json)
        return
    run_backup(options.load_settings(config, data=data).data, out, recordings=recordings, as_json=json)


def restore(
    file: Annotated[Path, typer.Argument(help="A backup")],
    data: Annotated[Path, typer.Option("--data", help="The data directory that it is restored to: a new one")],
    json: Json = False,
) -> None:
    """Restore a backup into a new data directory, whole or not at all, and examine the store there.

    Exit status 1 on findings.

    Example: spreadscope restore monday.tar.zst --data ./restored
    """
    from spreadscope.commands.backups import run_restore

    if not run_restore(file, data, as_json=json):
        raise typer.Exit(1)
