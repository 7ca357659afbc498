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

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "runtime.lock"
TABLE = ROOT / "requirements" / "licences.md"
# Permissive, or weak copyleft of files that we do not change (MPL): each may be distributed beside Apache-2.0.
ALLOWED = re.compile(
    r"MIT|MIT-CMU|BSD|0BSD|BSD-[23]-Clause|3-Clause BSD License|Apache|Apache-2\.0|Apache License 2\.0|ISC|ISC License|"
    r"PSF-2\.0|Zlib|CC0-1\.0|MPL-2\.0|Apache-2\.0 WITH LLVM-exception|MIT License|BSD License|Apache Software License|"
    r"ISC License \(ISCL\)|Mozilla Public License 2\.0 \(MPL 2\.0\)"
)
# Their metadata say nothing; this is what the licence file in them is.
READ_BY_US = {"aiofastnet": "MIT", "picows": "MIT"}
# Not on this system: the lock names it for another (its licence as its project states it).
ELSEWHERE = {"colorama": "BSD-3-Clause"}


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
    print(f"licences: {table.count(chr(10) + '| ') - 2} packages, {len(unknown)} unknown")
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
    rows, unknown = [], []
    for name in locked():
        try:
            licence = licence_of(name)
        except importlib.metadata.PackageNotFoundError:
            licence = ELSEWHERE.get(name, "")
        if not licence or not all(ALLOWED.fullmatch(part) for part in re.split(r" (?:AND|OR) |, ", licence)):
            unknown.append(f"{name} ({licence or 'none stated'})")
        rows.append(f"| {name} | {licence} |")
    head = (
        "# Licences of what Spreadscope is installed with\n\nFrom the metadata of the packages that "
        "`requirements/runtime.lock` names (`make audit ARGS=--write`); the chart library is lightweight-charts,\n"
        "Apache-2.0 (see NOTICE).\n\n| package | licence |\n|---|---|\n"
    )
    return head + "\n".join(rows) + "\n", unknown


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
        "-r",
        str(LOCK),
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
