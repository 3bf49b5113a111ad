"""The vendors' own SDKs, each by its own means: one call a cell, and what came of it."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import anthropic
import boto3
import botocore
import botocore.config
import openai
import stripe
from botocore.exceptions import ClientError

from fakes import OBJECT, TEXT

SDKS = ("stripe", "openai", "openai-stream", "anthropic", "anthropic-stream", "s3", "dynamodb")
OPENAI_TEXT = "A parcel leaves our shop on the day of the order , and most reach you in two working days ."
_BOTO = threading.Lock()
_ROW = threading.local()


@dataclass
class Told:
    """What an SDK gave, or raised."""

    value: Any = None
    problem: Exception | None = None
    status: int | None = None
    retry_after: str | None = None
    pieces: list[float] = field(default_factory=list)
    """When each piece of a stream came, in seconds of this machine's clock."""

    def judged(self, good: Any) -> str:
        """Return ``whole``, ``short`` or ``taken`` (a wrong answer, and no error), or the error's name."""
        if self.problem is None:
            if self.value == good:
                return "whole"
            return "short" if self.value and good.startswith(self.value) else "taken"
        name = type(self.problem).__name__
        if isinstance(self.problem, ClientError):
            code = self.problem.response["Error"]["Code"]
            return name if name == code else f"{name} {code}"
        if isinstance(self.problem, AttributeError | KeyError | TypeError):
            return "taken"  # the SDK gave something, and what the caller wanted was not in it
        return name


GOOD = {
    "stripe": "requires_capture",
    "openai": OPENAI_TEXT,
    "openai-stream": OPENAI_TEXT + " ",
    "anthropic": TEXT,
    "anthropic-stream": TEXT,
    "s3": OBJECT,
    "dynamodb": TEXT,
}


def versions() -> str:
    return (
        f"stripe {stripe.VERSION}, openai {openai.__version__}, anthropic {anthropic.__version__},"
        f" boto3 {boto3.__version__}"
    )


def provider(sdk: str) -> str:
    """Return the provider that an SDK calls."""
    return sdk.removesuffix("-stream")


def match(sdk: str, row: str) -> str:
    """Return how an injection tells the row's call from others."""
    return {
        "stripe": f"{{header: {{idempotency-key: '{row}/*'}}}}",
        "s3": f"{{path: /bucket/{row}.*}}",
    }.get(sdk, f"{{header: {{x-row: {row}}}}}")


def call(sdk: str, row: str, timeout: float, retries: int | None = 0) -> Told:
    """Make one call; ``retries``: None leaves the SDK's own default."""
    told = Told()
    try:
        told.value = _CALLS[sdk](row, timeout, retries, told)
    except Exception as problem:  # noqa: BLE001 - which one it is is what the cell is about
        told.problem = problem
        told.status = getattr(problem, "status_code", None) or getattr(problem, "http_status", None)
        answer = getattr(problem, "response", None)
        headers = getattr(problem, "headers", None) or getattr(answer, "headers", None) or {}
        if isinstance(problem, ClientError):
            told.status = problem.response["ResponseMetadata"]["HTTPStatusCode"]
            headers = problem.response["ResponseMetadata"]["HTTPHeaders"]
        told.retry_after = headers.get("retry-after")
    return told


def with_stripe(row: str, timeout: float, retries: int | None, told: Told) -> str:
    more = {} if retries is None else {"max_network_retries": retries}
    client = stripe.StripeClient("sk_test_1", http_client=stripe.RequestsClient(timeout=timeout), **more)
    intent = client.v1.payment_intents.create(
        {"amount": 1000, "currency": "eur"}, {"idempotency_key": f"{row}/{time.monotonic_ns()}"}
    )
    return intent.status


def with_openai(row: str, timeout: float, retries: int | None, told: Told, *, stream: bool = False) -> str:
    more = {} if retries is None else {"max_retries": retries}
    question = [{"role": "user", "content": "When?"}]
    with openai.OpenAI(api_key="sk-1", timeout=timeout, **more) as client:
        answer = client.chat.completions.create(
            model="gpt-4o-mini", messages=question, stream=stream, extra_headers={"x-row": row}
        )
        if not stream:
            return answer.choices[0].message.content
        text = ""
        for chunk in answer:
            told.pieces.append(time.monotonic())
            text += chunk.choices[0].delta.content or ""
        return text


def with_anthropic(row: str, timeout: float, retries: int | None, told: Told, *, stream: bool = False) -> str:
    more = {} if retries is None else {"max_retries": retries}
    asked = {
        "model": "claude-of-the-test",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "When?"}],
        "extra_headers": {"x-row": row},
    }
    with anthropic.Anthropic(api_key="sk-ant-1", timeout=timeout, **more) as client:
        if not stream:
            return client.messages.create(**asked).content[0].text
        text = ""
        with client.messages.stream(**asked) as answer:
            for word in answer.text_stream:
                told.pieces.append(time.monotonic())
                text += word
        return text


@cache
def boto(service: str, timeout: float, retries: int | None, proxy: str):
    """Return a client, made once: that takes longer than all of its calls. ``proxy`` is for the cache."""
    more = {} if retries is None else {"retries": {"total_max_attempts": retries + 1}}
    config = botocore.config.Config(
        connect_timeout=timeout,
        read_timeout=timeout,
        s3={"addressing_style": "path", "us_east_1_regional_endpoint": "regional"},
        **more,
    )
    session = boto3.session.Session("AKIA1", "secret", region_name="us-east-1")
    client = session.client(service, config=config)
    client.meta.events.register(
        "before-call.dynamodb", lambda params, **_: params["headers"].update({"x-row": _ROW.name})
    )
    return client


def with_s3(row: str, timeout: float, retries: int | None, told: Told) -> bytes:
    with _BOTO:  # making a client is not safe among threads, using it is
        client = boto("s3", timeout, retries, os.environ["HTTPS_PROXY"])
    return client.get_object(Bucket="bucket", Key=f"{row}.bin")["Body"].read()


def with_dynamodb(row: str, timeout: float, retries: int | None, told: Told) -> str:
    with _BOTO:
        client = boto("dynamodb", timeout, retries, os.environ["HTTPS_PROXY"])
    _ROW.name = row
    return client.get_item(TableName="table", Key={"id": {"S": "1"}})["Item"]["text"]["S"]


_CALLS: dict[str, Callable[..., Any]] = {
    "stripe": with_stripe,
    "openai": with_openai,
    "openai-stream": lambda *given: with_openai(*given, stream=True),
    "anthropic": with_anthropic,
    "anthropic-stream": lambda *given: with_anthropic(*given, stream=True),
    "s3": with_s3,
    "dynamodb": with_dynamodb,
}
