"""Writes docs/faults/sdks.md from what the SDKs raised."""

from pathlib import Path

from sdk_rows import SdkRow
from sdks import GOOD, SDKS, Told

PAGE = Path(__file__).parents[3] / "docs" / "faults" / "sdks.md"


def text(rows: list[SdkRow], table: dict[str, dict[str, Told]], versions: str, calls: dict[str, int]) -> str:
    lines = ["| row | fault | " + " | ".join(SDKS) + " |", "| --- | --- |" + " --- |" * len(SDKS)]
    lines += [
        f"| {row.name} | {fault(row)} | "
        + " | ".join(cell(table[row.name][sdk], sdk) if sdk in row.expect else "" for sdk in SDKS)
        + " |"
        for row in rows
    ]
    made = ", ".join(f"{sdk} {n}" for sdk, n in calls.items())
    return INTRODUCTION.format(versions=versions, calls=made) + "\n".join(lines) + "\n"


def fault(row: SdkRow) -> str:
    """Return a row's fault in brief."""
    if row.fault is None:
        return "none"
    if isinstance(row.fault, str) and not row.fault.startswith('{"error"'):
        return f"`{row.fault}`"
    if isinstance(row.fault, str) or "error" in next(iter(row.fault.values())):
        return "an error" if row.status is None else f"an error, {row.status}"
    return f"`{next(iter(row.fault.values()))}`"


def cell(told: Told, sdk: str) -> str:
    word = told.judged(GOOD[sdk])
    if told.problem is None or word == "taken":
        return f"**{word}**" if word != "whole" else word
    return f"`{word}`" + (f" {told.status}" if told.status else "")


INTRODUCTION = """# What the vendors' SDKs raise

Written by `CHAOSKIT_WRITE_CLIENTS=1 pytest tests/clients/sdk` from what it saw, not typed. Each SDK calls a
fake provider on this machine under the provider's own host name, through the real proxy with CONNECT and the
project's CA. An error is named as the program gets it, with the HTTP status that it tells.

- **whole**: the provider's answer; a stream comes piece by piece
- **short**: a part of it, and no error
- **taken**: no error of the SDK's own, and not the provider's answer: what the program wanted is not in it

Seen with {versions}. Retries are off: one row, one call. With each SDK's own defaults, one call that
is answered 500 becomes: {calls}. (For Stripe, of `stripe.PaymentIntent.create`; a `StripeClient` does not
retry unless it is told to.)

- What they need: openai and anthropic read `HTTPS_PROXY` and `SSL_CERT_FILE`, boto3 `HTTPS_PROXY` and
  `AWS_CA_BUNDLE`. stripe reads `HTTPS_PROXY` and no variable for a CA: set `stripe.ca_bundle_path`.
- A fault that ends a connection before an answer is `ProxyConnectionError` in boto3: its urllib3 blames the
  proxy, where there is one.
- `anthropic` lets its HTTP library's own error out of a stream that breaks; `openai` wraps it.
- DynamoDB's client takes an answer that was cut. It sees a wrong checksum and asks again, if it may;
  after the last attempt it returns an empty answer, without an error.
- A stream that ends early in good HTTP is an answer to both AI SDKs: look for the finish reason.
- For S3 in us-east-1, boto3 calls `s3.amazonaws.com` unless `AWS_S3_US_EAST_1_REGIONAL_ENDPOINT=regional`.

"""
