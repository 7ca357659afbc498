"""Who may use it: sign-in links, sign-ins, API keys, and the log of changes."""

from __future__ import annotations

from typing import Annotated

import typer

from spreadscope.cli.parameters import ConfigFile, Data, Json
from spreadscope.commands import options
from spreadscope.model.errors import ConfigError

Scopes = Annotated[list[str] | None, typer.Option("--scope", help="read, alerts, trade or admin (may be given again)")]


def link(
    name: Annotated[str, typer.Option(help="Whom it is for, as the log will say")] = "owner",
    scope: Scopes = None,
    minutes: Annotated[float, typer.Option(min=0.1, help="How long it can be used")] = 10.0,
    page: Annotated[str | None, typer.Option(help="The address of the page, where it is another")] = None,
    data: Data = None,
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Print a link that signs one person in, once.

    Example: spreadscope access link --name Ada --scope read
    """
    from spreadscope.commands.access import run_link

    settings = options.load_settings(config, data=data)
    run_link(settings, name, scope or ["admin"], minutes=minutes, page=page, as_json=json)


def sessions(data: Data = None, config: ConfigFile = None, json: Json = False) -> None:
    """Show who is signed in.

    Example: spreadscope access sessions
    """
    from spreadscope.commands.access import run_sessions

    run_sessions(options.load_settings(config, data=data), as_json=json)


def revoke(
    session: Annotated[str, typer.Argument(help="The id of a sign-in, as `sessions` shows it")] = "",
    every: Annotated[bool, typer.Option("--all", help="End all sign-ins, and links that were not used")] = False,
    data: Data = None,
    config: ConfigFile = None,
) -> None:
    """End a sign-in, or all.

    Example: spreadscope access revoke --all
    """
    from spreadscope.commands.access import run_revoke

    if bool(session) == every:
        raise ConfigError("say which sign-in ends: give its id, or --all")
    run_revoke(options.load_settings(config, data=data), None if every else session)


def provider(data: Data = None, config: ConfigFile = None, json: Json = False) -> None:
    """Ask the provider of sign-ins whether it is there, and show who is named.

    Example: spreadscope access provider
    """
    from spreadscope.commands.provider_check import run_provider

    options.run(run_provider(options.load_settings(config, data=data), as_json=json))


def key_create(
    name: Annotated[str, typer.Option(help="What it is for, as the log will say")],
    scope: Scopes = None,
    data: Data = None,
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Make a key for a program, and print it once.

    Example: spreadscope access key create --name notebook --scope read
    """
    from spreadscope.commands.access import run_key_create

    run_key_create(options.load_settings(config, data=data), name, scope or ["read"], as_json=json)


def key_list(data: Data = None, config: ConfigFile = None, json: Json = False) -> None:
    """Show the keys, and when each was used last.

    Example: spreadscope access key list
    """
    from spreadscope.commands.access import run_key_list

    run_key_list(options.load_settings(config, data=data), as_json=json)


def key_revoke(
    name: Annotated[str, typer.Argument(help="The name or the prefix of the key")],
    data: Data = None,
    config: ConfigFile = None,
) -> None:
    """Revoke a key.

    Example: spreadscope access key revoke notebook
    """
    from spreadscope.commands.access import run_key_revoke

    run_key_revoke(options.load_settings(config, data=data), name)


def log(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many of the newest lines")] = 50,
    data: Data = None,
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Show who changed what, from where and when, the newest first.

    Example: spreadscope access log --limit 20
    """
    from spreadscope.commands.access import run_log

    run_log(options.load_settings(config, data=data), limit, as_json=json)
