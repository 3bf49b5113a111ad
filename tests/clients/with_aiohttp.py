"""aiohttp: all cells in one event loop."""

import asyncio
import ssl
import time

import aiohttp

from cells import TOKEN, Row, Seen
from told import by_openssl

AT_ONCE = 8


def version() -> str:
    return aiohttp.__version__


def calls(cells: list[tuple[Row, float]], environment: dict[str, str], trust: ssl.SSLContext) -> list[Seen]:
    async def every() -> list[Seen]:
        free = asyncio.Semaphore(AT_ONCE)
        return await asyncio.gather(*(call(*cell, environment, trust, free) for cell in cells))

    return asyncio.run(every())


async def call(row, seconds, environment, trust, free) -> Seen:
    status, body, first, kind, error = None, b"", 0.0, None, ""
    async with free:
        began = time.monotonic()
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds)) as session,
                session.get(
                    row.url("aiohttp"),
                    headers={"authorization": TOKEN},
                    proxy=environment["HTTPS_PROXY"],
                    ssl=trust,
                ) as answer,
            ):
                status = answer.status
                async for part in answer.content.iter_any():
                    first = first or time.monotonic() - began
                    body += part
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            kind, error = kind_of(problem), worded(problem)
    return Seen(
        status=status, body=body, kind=kind, error=error, first=first, seconds=time.monotonic() - began
    )


def kind_of(problem: Exception) -> str:
    text = f"{problem} {problem.__cause__}"
    match problem:
        case TimeoutError():  # ServerTimeoutError is one
            return "timeout"
        case aiohttp.ClientConnectorDNSError():
            return "dns"
        case aiohttp.ClientConnectorError() | aiohttp.ClientConnectorCertificateError():
            return by_openssl(text) or "refused"
        case aiohttp.ServerDisconnectedError():
            return "closed"
        case aiohttp.ClientPayloadError():
            if "reset" in text.lower():
                return "reset"
            return (
                "closed" if "not completed" in text or "not enough data" in text.lower() else "protocol error"
            )
        case aiohttp.TooManyRedirects():
            return "redirects"
        case aiohttp.ClientOSError() | OSError():
            return by_openssl(text) or ("reset" if "reset" in text.lower() else "refused")
    return "protocol error"


def worded(problem: Exception) -> str:
    cause = problem.__cause__
    name = type(problem).__name__
    return (
        name
        if cause is None or isinstance(cause, asyncio.CancelledError)
        else f"{name}: {type(cause).__name__}"
    )
