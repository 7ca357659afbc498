"""The routes of statements of paper accounts (``docs/api.md``)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from fastapi import Response

from spreadscope import contract
from spreadscope.api.disk import Disk
from spreadscope.api.openapi import PdfResponse
from spreadscope.api.queries import From, NamePath, To, attachment
from spreadscope.api.routing import Routes
from spreadscope.app.account_statements import AccountStatements
from spreadscope.contract.bodies import LATEST

_BASE = "/api/paper/accounts/{account}/statement"


def add_statements(routes: Routes, statements: AccountStatements, disk: Disk) -> None:
    """Add the routes."""

    @routes.get(_BASE)
    async def get_paper_statement(
        response: Response, account: NamePath, start: From = 0, end: To = LATEST
    ) -> contract.Statement:
        await disk.await_for_read(response)
        return await statements.statement(account, start, end)

    @routes.get(f"{_BASE}.pdf")
    async def get_paper_statement_pdf(account: NamePath, start: From = 0, end: To = LATEST) -> PdfResponse:
        from spreadscope.documents.statement_pdf import statement_pdf  # its library takes a while to load

        headers = {} if await disk.reached_for_reads() else disk.pending_header()
        statement = await statements.statement(account, start, end)
        document = await asyncio.to_thread(statement_pdf, statement)
        headers["Content-Disposition"] = attachment(_file_name(statement))
        return PdfResponse(document, headers=headers)


def _file_name(statement: contract.Statement) -> str:
    first, last = (f"{datetime.fromtimestamp(time / 1000, UTC):%Y-%m-%d}" for time in (statement.start, statement.end))
    return f"{'DEMO-' if statement.demo else ''}statement-{statement.account}-{first}-{last}.pdf"
