"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Symbols = Annotated[list[str] | None, typer.Option("--symbols", help="Symbols, comma separated: BTCUSDT,ETHUSDT")]
Pairs = Annotated[list[str] | None, typer.Option("--pair", help="A pair Y/X: BTCUSDT/ETHUSDT (may be given again)")]
Data = Annotated[Path | None, typer.Option("--data", help="The data directory")]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="A TOML configuration file")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON line instead of text")]
Port = Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Port (0 picks a free one)")]
Host = Annotated[
    str | None, typer.Option("--host", help="Listen here; other machines reach it only with TLS or a trusted proxy")
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Log everything")]
Duration = Annotated[float | None, typer.Option("--duration", min=0, help="Stop after so many seconds")]
Recordings = Annotated[list[Path] | None, typer.Option("--recording", help="A recording to play (may be given again)")]
Speed = Annotated[str, typer.Option("--speed", help="Playback speed: 1, 20, or max")]
Seed = Annotated[int, typer.Option("--seed", help="Seed of the synthetic market")]
MarketSeed = Annotated[
    int | None,
    typer.Option("--seed", min=0, help="Seed of the synthetic market (1, or that of the store it goes on in)"),
]
