"""``spreadscope verify``: the tape beside the integrity reports, of a store, or of somebody's files."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec
from rich.console import Console

from spreadscope.commands.console import print_json, print_message, print_result
from spreadscope.contract import IntegrityDay
from spreadscope.importing.tape_file import tape_of_file
from spreadscope.model.errors import ConfigError, StoreError
from spreadscope.store.directory import DATABASE
from spreadscope.store.integrity.report import Key, ReportRequest, day_start, make_report
from spreadscope.store.integrity.report_files import folder_of, read_report, read_reports
from spreadscope.store.integrity.verification import FoundDay, Verification, verify_days, verify_store

_SHOWN = 50


def run_verify(data: Path, paths: Sequence[Path], symbol: str | None, *, as_json: bool) -> bool:
    """Compare and print. Returns whether all is as it was reported."""
    reports, exports = _sort_paths(paths)
    if exports and symbol is None and not reports and not (data / DATABASE).exists():
        raise StoreError(f"there is no store in {data} to compare with: name it with --data, or name a report")
    with ExitStack() as stack:
        console = Console(stderr=True)
        status = console.status("reading …") if console.is_terminal and not as_json else None
        if status is not None:
            stack.enter_context(status)

        def progress(fraction: float | None, words: str) -> None:
            if status is not None:
                status.update(f"reading {words} … {'' if fraction is None else f'{fraction:.0%}'}")

        told = _reported(reports)
        if exports:
            found = [day for path in exports for day in tape_of_file(path, symbol, lambda text: progress(None, text))]
            against = _names(reports) if reports else f"the store {data}"
            result = verify_days(found, told) if reports else verify_days(found, _of_store(data, found), chained=False)
        else:
            database = _require(data)
            against = _names(reports) if reports else f"the reports in {folder_of(database)}"
            told = told if reports else read_reports(database)
            result = verify_store(database, told, now=_now(), own=not reports, progress=progress)
    if result.equal and exports and not result.same:
        raise StoreError(f"nothing was compared: no day of these files is in {against}")
    if as_json:
        print_json({"equal": result.equal, **msgspec.to_builtins(result)})
    else:
        _print(result, against)
    return result.equal


def _sort_paths(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Returns the reports and the files of trades; a folder stands for the reports in it."""
    reports, exports = list[Path](), list[Path]()
    for path in paths:
        if path.is_dir():
            found = sorted(path.glob("*.json"))
            if not found:
                raise ConfigError(f"there is no report (*.json) in {path}; name a store with --data")
            reports += found
        elif not path.exists():
            raise StoreError(f"there is no file {path}")
        elif path.suffix == ".json" and _looks_like_report(path):
            reports.append(path)
        else:
            exports.append(path)
    return reports, exports


def _looks_like_report(path: Path) -> bool:
    with path.open("rb") as file:
        return b'"definition"' in file.read(4_096)


def _reported(reports: Sequence[Path]) -> dict[Key, IntegrityDay]:
    told: dict[Key, IntegrityDay] = {}
    for path in reports:
        for row in read_report(path).days:
            day_start(row.day)
            other = told.setdefault((row.symbol, row.day), row)
            if other.tape != row.tape:
                raise StoreError(f"{path} says another hash of {row.symbol} {row.day} than the report before it")
    if reports and not told:
        raise StoreError(f"{_names(reports)} reports no day")
    return told


def _of_store(data: Path, found: Sequence[FoundDay]) -> dict[Key, IntegrityDay]:
    """Returns what the store holds of some days, as a report."""
    only = frozenset((day.symbol, day.day) for day in found)
    report = make_report(_require(data), ReportRequest(now=_now(), only=only)).report
    return {
        (row.symbol, row.day): msgspec.structs.replace(row, closed=True, chain="", before=None) for row in report.days
    }


def _require(data: Path) -> Path:
    database = data / DATABASE
    if not database.exists():
        raise StoreError(f"there is no store in {data}: name its directory with --data")
    return database


def _names(paths: Sequence[Path]) -> str:
    return str(paths[0]) if len(paths) == 1 else f"{len(paths)} reports"


def _now() -> int:
    return time.time_ns() // 1_000_000


def _print(result: Verification, against: str) -> None:
    for each in result.differences[:_SHOWN]:
        print_result(f"{each.symbol} {each.day}: {each.text}".replace(" :", ":"))
    if len(result.differences) > _SHOWN:
        print_result(f"and {len(result.differences) - _SHOWN} more: --json has all")
    others = [
        f"{count} {words}"
        for count, words in (
            (result.unreported, "not reported yet"),
            (result.open, "reported before they were over"),
            (result.gone, "of which retention left only the report"),
        )
        if count
    ]
    more = f" ({'; '.join(others)})" if others else ""
    are = "day is" if result.same == 1 else "days are"
    same = f"{result.same} {are} the same as in {against}: {result.trades:,} trades{more}"
    if result.equal:
        print_message(same)
        for symbol, (day, link) in result.chains.items():
            print_result(f"{symbol} {day} {link}")
    else:
        print_message(f"not the same: {len(result.differences)}; {same}")
