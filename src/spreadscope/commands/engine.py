"""``spreadscope engine``: the engine alone."""

from __future__ import annotations

from spreadscope.api.serve import bind, serving
from spreadscope.app.config_file import ConfigFile
from spreadscope.app.exposure import check_exposure
from spreadscope.app.live_engine import LiveEngine
from spreadscope.app.local_key import LOCAL_KEY
from spreadscope.commands.compile_kernels import load_kernels_in_background
from spreadscope.commands.console import print_json, print_message
from spreadscope.commands.lifetime import until_stopped
from spreadscope.model.config import Config


async def run_engine(config: Config, config_file: ConfigFile, *, duration: float | None, as_json: bool) -> None:
    """Run until stopped. All that was received is on disk when this returns."""
    tls = check_exposure(config.api.host, config.access, config.data)
    listener = bind(config.api.host, config.api.port)
    try:
        async with LiveEngine(config) as live, serving(live, listener, config_file=config_file, tls=tls) as url:
            load_kernels_in_background()
            market = live.markets.default
            if market.catalog.alarm:
                print_message(f"{market.catalog.alarm}. What is stored can be looked at.")
            source = live.markets.source
            if as_json:
                print_json(
                    {
                        "api": url,
                        "rest": market.addresses.rest_url,
                        "ws": market.addresses.ws_url,
                        "data": str(config.data),
                        "key_file": str((config.data / LOCAL_KEY).absolute()),  # the dashboard runs in another folder
                        "mode": source.mode if source else None,
                    }
                )
            else:
                print_message(f"Spreadscope engine on {url}, data in {config.data}")
                if source is not None and source.mode == "demo":
                    print_message(f"DEMO DATA, not a market: {source.description}")
                print_message("Ctrl-C stops it.")
            await until_stopped(duration, failure=live.failure())
    finally:
        listener.close()
