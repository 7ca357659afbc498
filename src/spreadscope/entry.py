"""The way into the ``spreadscope`` command: Ctrl-C ends it quietly from its first line on.

Loading the command line takes half a second. Who interrupts it meanwhile wants it gone, and there is nothing to put
away yet: a ``KeyboardInterrupt`` inside an import would come out as a traceback, or as an import error of whatever was
being loaded.
"""

from __future__ import annotations

import os
import signal

INTERRUPTED = 130  # as ``commands.interruption`` has it, which is not loaded yet


def main() -> None:
    """Run the command of ``sys.argv``."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else whoever started us does not want it heard
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    from spreadscope.isolation import leave_current_folder

    leave_current_folder()
    from spreadscope.cli import main as run

    run()
