# ruff: noqa: T201 - a script that reports to the terminal, not part of a package
"""Licences and known faults of all that the product is installed with. Run by ``make audit``.

Writes ``requirements/licences.md`` with ``--write``, else compares with it; ``--licences`` checks nothing else. A
package whose licence we do not know to be permissive is an error, and so is one of which no source of known faults
could be asked: "not found" is not "sound". Exit status 1 where something needs a person.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "runtime.lock"
LOCKS = (LOCK, ROOT / "requirements" / "oidc.lock")
TABLE = ROOT / "requirements" / "licences.md"
# Permissive, or weak copyleft of files that we do not change (MPL): each may be distributed beside Apache-2.0.
ALLOWED = re.compile(
    r"MIT|MIT-CMU|BSD|0BSD|BSD-[23]-Clause|3-Clause BSD License|Apache|Apache-2\.0|Apache License 2\.0|ISC|ISC License|"
    r"PSF-2\.0|Zlib|CC0-1\.0|MPL-2\.0|Apache-2\.0 WITH LLVM-exception|MIT License|BSD License|Apache Software License|"
    r"MIT-0|The Unlicense \(Unlicense\)|ISC License \(ISCL\)|Mozilla Public License 2\.0 \(MPL 2\.0\)"
)
# Their metadata say nothing; this is what the licence file in them is.
READ_BY_US = {"aiofastnet": "MIT", "picows": "MIT"}
# Not on this system: for another, or for an older Python (the licence as the project states it).
ELSEWHERE = {
    "backports-tarfile": "MIT License",
    "colorama": "BSD-3-Clause",
    "exceptiongroup": "MIT License",
    "importlib-metadata": "Apache-2.0",
    "zipp": "MIT",
}
# What the extras bring is told for the oldest Python that we support, whatever this one is: it needs the most.
OLDEST = {
    "python_version": "3.11", "python_full_version": "3.11.0", "sys_platform": "linux", "platform_system": "Linux",
    "os_name": "posix",
}  # fmt: skip
EXTRAS = ("mcp", "oidc")


def main(arguments: list[str]) -> int:
    """Check licences, then known faults of Python's packages and of the chart library."""
    problems = 0
    table, unknown = licences()
    for name in unknown:
        problems += 1
        print(f"licence: {name}: not one that we know to be permissive: read it, and name it in scripts/audit.py")
    if "--write" in arguments:
        TABLE.write_text(table, encoding="utf-8")
    elif not TABLE.exists() or TABLE.read_text(encoding="utf-8") != table:
        problems += 1
        print(f"licence: {TABLE.relative_to(ROOT)} is not of the packages that are installed: make audit ARGS=--write")
    packages = len(re.findall(r"^\| (?!package )", table, re.MULTILINE))
    print(f"licences: {packages} packages, {len(unknown)} unknown")
    if "--licences" in arguments:
        return int(problems > 0)
    for question in (python_faults, npm_faults):
        fault = question()
        problems += bool(fault)
        print(fault or f"{question.__name__}: none known")
    return int(problems > 0)


def locked() -> list[str]:
    """Returns the names in the lock, once each."""
    found = re.findall(r"^([a-z0-9][a-z0-9._-]*)==", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    return sorted(set(found))


def licences() -> tuple[str, list[str]]:
    """Returns the table of licences as text, and the packages whose licence we do not know."""
    unknown: list[str] = []
    tables = [_table(locked(), unknown)]
    for extra in EXTRAS:
        added = sorted(closure(f"spreadscope[{extra}]") - set(locked()))
        tables.append(f"\n## With the extra `{extra}`\n\n" + _table(added, unknown))
    head = (
        "# Licences of what Spreadscope is installed with\n\nFrom the metadata of the packages that "
        "`requirements/runtime.lock` names (`make audit ARGS=--write`), and of those that the extras add; the chart\n"
        "library is lightweight-charts, Apache-2.0 (see NOTICE).\n\n"
    )
    return head + "".join(tables), unknown


def closure(requirement: str) -> set[str]:
    """Returns the packages that a requirement brings, by their normal names, without its own."""
    found: set[str] = set()
    open_ends = [requirement]
    while open_ends:
        wanted = Requirement(open_ends.pop())
        for text in _requirements(wanted.name):
            needed = Requirement(text)
            marker = needed.marker
            holds = marker is None or any(
                marker.evaluate({**OLDEST, "extra": extra}) for extra in wanted.extras or {""}
            )
            name = canonicalize_name(needed.name)
            key = f"{name}[{','.join(sorted(needed.extras))}]" if needed.extras else name
            if holds and key not in found:
                found |= {name, key}
                open_ends.append(key)
    return {name for name in found if "[" not in name}


def _requirements(name: str) -> list[str]:
    try:
        return importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        return []  # not needed by this Python


def _table(names: list[str], unknown: list[str]) -> str:
    rows = []
    for name in names:
        try:
            licence = licence_of(name)
        except importlib.metadata.PackageNotFoundError:
            licence = ELSEWHERE.get(name, "")
        if not licence or not all(ALLOWED.fullmatch(part) for part in re.split(r" (?:AND|OR) |, ", licence)):
            unknown.append(f"{name} ({licence or 'none stated'})")
        rows.append(f"| {name} | {licence} |")
    return "\n".join(("| package | licence |", "|---|---|", *rows)) + "\n"


def licence_of(name: str) -> str:
    """Returns the licence of an installed package: its expression, else its classifiers, else its short text."""
    metadata = importlib.metadata.metadata(name)
    if metadata.get("License-Expression"):
        return str(metadata["License-Expression"])
    classifiers = [
        each.split(" :: ")[-1] for each in metadata.get_all("Classifier", []) if each.startswith("License ::")
    ]
    text = str(metadata.get("License") or "")
    short = text if text and "\n" not in text and len(text) < 40 else ""
    return ", ".join(classifiers) or short or READ_BY_US.get(name, "")


def python_faults() -> str:
    """Returns what is known of the locked packages, or why nobody could be asked; empty where all are sound."""
    program = ROOT / ".venv-release" / "bin" / "pip-audit"
    if not program.exists():
        return "known faults in Python packages: pip-audit is not installed: run make audit"
    # Strict: a package that the source does not know is an error, not a footnote.
    command = [
        str(program),
        "--strict",
        "--disable-pip",
        "--require-hashes",
        *(word for lock in LOCKS for word in ("-r", str(lock))),
        "--progress-spinner",
        "off",
    ]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    if asked.returncode == 0:
        return ""
    lines = [line for line in (asked.stdout + asked.stderr).splitlines() if line.strip()]
    return "known faults in Python packages:\n  " + "\n  ".join(lines[-12:])


def npm_faults() -> str:
    """As ``python_faults``, of the chart library."""
    npm = shutil.which("npm", path=str(Path(sys.executable).parent)) or shutil.which("npm")
    if npm is None:
        return "known faults in npm packages: npm is not there, so nobody was asked"
    command = [npm, "audit", "--package-lock-only", "--json"]
    asked = subprocess.run(command, cwd=ROOT / "frontend", capture_output=True, text=True, check=False)
    try:
        answer = json.loads(asked.stdout)
    except ValueError:
        answer = {}
    if "vulnerabilities" not in answer:
        reason = answer.get("message") or answer.get("error", {}).get("summary") or asked.stderr.strip()[:200]
        return f"known faults in npm packages: the registry could not be asked ({reason or 'no answer'})"
    return (
        "" if not answer["vulnerabilities"] else f"known faults in npm packages: {', '.join(answer['vulnerabilities'])}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
