"""See to it that the tests of deploy/ find a Prometheus with its promtool: the system's, else Debian's package."""

from __future__ import annotations

import shutil
import sys

import debian

PROGRAMS = ("prometheus", "promtool")


def there() -> bool:
    return all(shutil.which(name) for name in PROGRAMS)


def main() -> int:
    if there() or (debian.install("prometheus") and there()):
        sys.stdout.write(f"the tests of deploy/ use {shutil.which(PROGRAMS[0])}\n")
    else:
        sys.stderr.write(
            "no Prometheus: the tests of deploy/ that need one skip (Debian: apt-get install prometheus)\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
