"""``python -m bench [NAME ...]``: run the benchmarks named (all without names), one after the other."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    names = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    unknown = [name for name in arguments if name not in names]
    if unknown:
        sys.stderr.write(f"no benchmark {unknown[0]!r}: choose from {', '.join(names)}\n")
        return 2
    for name in arguments or names:
        print(f"\n=== {name} " + "=" * (70 - len(name)), flush=True)
        importlib.import_module(f"bench.bench_{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
