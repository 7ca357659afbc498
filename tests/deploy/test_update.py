"""``spreadscope-update``: another release is taken once it is ready; otherwise what ran before runs again.

The services, the installer and the releases are small programs of the test; the script is the one that is shipped.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "deploy" / "systemd" / "spreadscope-update"

pytestmark = pytest.mark.skipif(shutil.which("runuser") is None, reason="needs a Linux with runuser")

SYSTEMCTL = """\
#!/bin/sh
echo "$@" >> "$HERE/services"
if [ "$1" = is-active ]; then
    release=$(readlink "$HERE/opt/current")
    [ ! -e "$HERE/never-ready" ] || [ "$release" = "$(cat "$HERE/first" 2>/dev/null)" ]
fi
"""
PYTHON = """\
#!/bin/sh
if [ "$1" = -c ]; then exit 0; fi
mkdir -p "$3/bin"
printf '#!/bin/sh\\n[ ! -e "$HERE/not-installable" ]\\n' > "$3/bin/python"
cp "$HERE/release" "$3/bin/spreadscope"
chmod +x "$3/bin/python" "$3/bin/spreadscope"
"""
RELEASE = """\
#!/bin/sh
case "$1" in
--version) echo "spreadscope of $(basename "$(dirname "$(dirname "$0")")")" ;;
backup) [ ! -e "$HERE/no-backup" ] && cp "$3/spreadscope.db" "$5" ;;
doctor) grep -q old "$3/spreadscope.db" ;;
restore) cp "$2" "$4/spreadscope.db" ;;
esac
"""


@dataclass
class Machine:
    """A machine of the test's own: its folders, and what was asked of the services."""

    here: Path

    def update(self, wanted: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "HERE": str(self.here), "PATH": f"{self.here / 'bin'}:{os.environ['PATH']}",
            "PYTHON": str(self.here / "bin" / "python3"),
            "SPREADSCOPE_ROOT": str(self.here / "opt"), "SPREADSCOPE_DATA": str(self.here / "data"),
            "SPREADSCOPE_BACKUPS": str(self.here / "backups"), "SPREADSCOPE_USER": "root", "READY_SECONDS": "1",
        }  # fmt: skip
        return subprocess.run(
            ["sh", str(SCRIPT), wanted], env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    @property
    def current(self) -> str:
        return str((self.here / "opt" / "current").readlink())

    @property
    def services(self) -> list[str]:
        path = self.here / "services"
        return (
            [line for line in path.read_text().splitlines() if not line.startswith("is-active")]
            if path.exists()
            else []
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """One release runs, with data that it wrote."""
    for name, text in {"bin/systemctl": SYSTEMCTL, "bin/python3": PYTHON, "release": RELEASE}.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    first = tmp_path / "opt" / "releases" / "first"
    (first / "bin").mkdir(parents=True)
    shutil.copy(tmp_path / "release", first / "bin" / "spreadscope")
    (tmp_path / "opt" / "current").symlink_to(first)
    (tmp_path / "first").write_text(str(first))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "spreadscope.db").write_text("old")
    return Machine(tmp_path)


def test_the_new_release_runs_and_the_old_one_is_kept(machine: Machine) -> None:
    before = machine.current
    done = machine.update("spreadscope-2.whl")
    assert (done.returncode, machine.current != before) == (0, True), done.stderr
    assert machine.services == ["stop spreadscope.service", "start spreadscope.service"]
    assert [path.read_text() for path in (machine.here / "backups").iterdir()] == ["old"]
    back = machine.update("--back")
    assert (back.returncode, machine.current) == (0, before), back.stderr


def test_a_release_that_does_not_become_ready_is_left_and_its_store_put_aside(machine: Machine) -> None:
    before = machine.current
    (machine.here / "never-ready").touch()
    # The new release brings the store up to date before it fails: the old one cannot read it any more.
    (machine.here / "bin" / "systemctl").write_text(
        SYSTEMCTL.replace('"$HERE/services"', '"$HERE/services"; [ "$1" != start ] || [ -e "$HERE/once" ] || '
                          '{ touch "$HERE/once"; echo new > "$HERE/data/spreadscope.db"; }', 1)
    )  # fmt: skip
    done = machine.update("spreadscope-2.whl")
    assert (done.returncode, machine.current) == (1, before), done.stderr
    assert "runs again" in done.stderr
    assert (machine.here / "data" / "spreadscope.db").read_text() == "old"
    aside = [path for path in machine.here.iterdir() if path.name.startswith("data.failed-")]
    assert [(path / "spreadscope.db").read_text() for path in aside] == ["new\n"]
    assert machine.services[-1] == "start spreadscope.service"


def test_a_release_that_does_not_become_ready_keeps_a_sound_store(machine: Machine) -> None:
    (machine.here / "never-ready").touch()
    assert machine.update("spreadscope-2.whl").returncode == 1
    assert (machine.here / "data" / "spreadscope.db").read_text() == "old"
    assert not [path for path in machine.here.iterdir() if path.name.startswith("data.failed-")]


@pytest.mark.parametrize(
    ("mark", "text"), [("not-installable", "could not be installed"), ("no-backup", "the backup failed")]
)
def test_what_runs_is_not_touched_where_a_step_before_fails(machine: Machine, mark: str, text: str) -> None:
    before = machine.current
    (machine.here / mark).touch()
    done = machine.update("spreadscope-2.whl")
    assert (done.returncode, machine.current, machine.services) == (1, before, [])
    assert text in done.stderr
    assert "what runs was not touched" in done.stderr


def test_there_is_nothing_to_go_back_to_at_first(machine: Machine) -> None:
    done = machine.update("--back")
    assert (done.returncode, machine.services) == (1, [])
    assert "no release to go back to" in done.stderr
