"""``spreadscope exchange``: the local exchange alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spreadscope.commands.console import print_json, print_message
from spreadscope.commands.lifetime import until_stopped
from spreadscope.commands.stored_market import stored_market
from spreadscope.exchange.local.frame_feed import FrameFeed
from spreadscope.exchange.local.local_exchange import LocalExchange
from spreadscope.exchange.local.recording_feed import RecordingFeed
from spreadscope.exchange.local.seeded_faults import SeededFaults
from spreadscope.exchange.local.synthetic import SyntheticMarket
from spreadscope.model.errors import ConfigError
from spreadscope.model.instrument import DEFAULT_VENUE, venue_of

_DEFAULT_SEED = 1


def make_feed(
    recordings: Sequence[Path],
    *,
    seed: int | None,
    symbols: int,
    rate: float | None,
    resume: Path | None = None,
    spot: bool = False,
) -> FrameFeed:
    """Returns a feed of recordings, or of the synthetic market, which resumes from the store ``resume``.

    ``spot``: the synthetic market has each symbol on Spot too.
    """
    if recordings:
        if spot:
            raise ConfigError(
                "--spot is for the synthetic market; recordings of Spot are told by their frames: leave it out"
            )
        return RecordingFeed(list(recordings))
    if symbols < 2:
        raise ConfigError(f"a synthetic market needs at least 2 symbols, not {symbols}")
    stored_seed_and_state = stored_market(resume) if resume is not None else None
    if stored_seed_and_state is None or (seed is not None and seed != stored_seed_and_state[0]):
        # Another seed is another market: the engine will refuse this store.
        return SyntheticMarket(symbols, seed=_DEFAULT_SEED if seed is None else seed, rate=rate, spot=spot)
    return SyntheticMarket(symbols, seed=stored_seed_and_state[0], rate=rate, left=stored_seed_and_state[1], spot=spot)


async def run_exchange(
    feed: FrameFeed,
    *,
    port: int,
    speed: float | None,
    start_now: bool,
    duration: float | None,
    as_json: bool,
    faults: SeededFaults | None = None,
) -> None:
    """Serve until stopped: WebSocket on ``port``, REST on the next one (0 picks free ones).

    With ``faults`` it prints the seed at the start, and the count of each fault at the end.
    """
    rest_port = port + 1 if port else 0
    async with LocalExchange(
        feed,
        ws_port=port,
        rest_port=rest_port,
        speed="max" if speed is None else speed,
        start="now" if start_now else None,
        faults=faults,
        tell=print_message,
    ) as exchange:
        if as_json:
            ready = {"ws": exchange.ws_url, "rest": exchange.rest_url, "symbols": list(exchange.symbols)}
            print_json(ready if faults is None else {**ready, "faults": faults.spec, "seed": faults.seed})
        else:
            print_message(f"Local exchange: {feed.description}")
            print_message(f"  WebSocket {exchange.ws_url}   REST {exchange.rest_url}")
            print_message(f"  symbols {', '.join(exchange.symbols)}")
            if any(venue_of(symbol) != DEFAULT_VENUE for symbol in exchange.symbols):
                print_message(f"  Spot: {exchange.ws_url}/stream and {exchange.rest_url}/api/v3")
            print_message(
                f"  spreadscope engine --rest-url {exchange.rest_url} --ws-url {exchange.ws_url} --data ./demo-data"
            )
            if faults is not None:
                print_message(f"  faults {faults.spec}, seed {faults.seed}")
            print_message("Ctrl-C stops it.")
        await until_stopped(duration)
        missing = exchange.missing
    if missing and not as_json:
        counts = ", ".join(f"{kind} {count}" for kind, count in sorted(missing.items()))
        print_message(f"Asked for and not there: {counts}")
    if faults is not None:
        if as_json:
            print_json({"seed": faults.seed, "fired": dict(faults.fired)})
        else:
            counts = ", ".join(f"{name} {count}" for name, count in sorted(faults.fired.items()))
            print_message(f"Faults of seed {faults.seed}: {counts or 'none happened'}")
