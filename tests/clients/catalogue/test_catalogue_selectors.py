"""An operation or a model is struck, and the next one of the same client is not: real SDKs, real proxy."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import openai
import pytest

from streams import GEMINI
from vendors import QUESTION, TIMEOUT, VENDORS, aws, gemini

pytestmark = [pytest.mark.socket, pytest.mark.broad]
KEY = {"id": {"S": "1"}}
MAIL = {
    "Source": "a@example.com",
    "Destination": {"ToAddresses": ["b@example.com"]},
    "Message": {"Subject": {"Data": "left"}, "Body": {"Text": {"Data": "today"}}},
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """``meant`` is struck with ``like``, ``other`` is not."""

    provider: str
    match: str
    like: str
    meant: Callable[[str], Any]
    other: Callable[[str], Any]


def converse(model: str) -> Callable[[str], Any]:
    asked = [{"role": "user", "content": [{"text": "When?"}]}]
    return aws("bedrock-runtime", "converse", modelId=model, messages=asked)


def chat(model: str, client: Callable[[], Any]) -> Callable[[str], Any]:
    def call(row: str) -> Any:
        with client() as opened:
            return opened.chat.completions.create(model=model, messages=QUESTION)

    return call


def of_openai() -> openai.OpenAI:
    return openai.OpenAI(api_key="sk-1", timeout=TIMEOUT, max_retries=0)


def of_azure() -> openai.AzureOpenAI:
    return openai.AzureOpenAI(
        api_key="1",
        api_version="2024-10-21",
        azure_endpoint="https://shop.openai.azure.com",
        timeout=TIMEOUT,
        max_retries=0,
    )


def generate(model: str) -> Callable[[str], Any]:
    def call(row: str) -> Any:
        with gemini(row) as client:
            return list(client.models.generate_content_stream(model=model, contents="When?"))

    return call


CASES = (
    Case(
        provider="aws-s3",
        match="{operation: PutObject}",
        like="aws-s3/slowdown",
        meant=aws("s3", "put_object", Bucket="bucket", Key="key", Body=b"1"),
        other=aws("s3", "get_object", Bucket="bucket", Key="key"),
    ),
    Case(
        provider="aws-dynamodb",
        match="{operation: 'Put*'}",
        like="aws-dynamodb/throttled",
        meant=aws("dynamodb", "put_item", TableName="table", Item=KEY),
        other=aws("dynamodb", "get_item", TableName="table", Key=KEY),
    ),
    Case(
        provider="ses",
        match="{operation: [SendEmail, SendRawEmail]}",
        like="ses/throttled",
        meant=aws("ses", "send_email", **MAIL),
        other=aws("ses", "get_send_quota"),
    ),
    Case(
        provider="bedrock",
        match="{operation: Converse, model: 'anthropic.*:0'}",
        like="bedrock/throttled",
        meant=converse("anthropic.claude-3-haiku-20240307-v1:0"),
        other=converse("amazon.nova-lite-v1:0"),
    ),
    Case(
        provider="openai",
        match="{model: 'gpt-4*'}",
        like="openai/overloaded",
        meant=chat("gpt-4o-mini", of_openai),
        other=chat("gpt-3.5-turbo", of_openai),
    ),
    Case(
        provider="azure-openai",
        match="{model: mine}",
        like="azure-openai/throttled",
        meant=chat("mine", of_azure),
        other=chat("yours", of_azure),
    ),
    Case(
        provider="google-gemini",
        match="{model: 'gemini-2.0-*'}",
        like="google-gemini/quota",
        meant=generate("gemini-2.0-flash"),
        other=generate("gemini-1.5-pro"),
    ),
)


def experiment(fakes) -> str:
    providers = "".join(
        f"  {each.provider}: {{hosts: [{VENDORS[each.provider].host}], resolve: '127.0.0.1:{fakes.port}'}}\n"
        for each in CASES
    )
    inject = "".join(
        f"  - {{id: {each.provider}, provider: {each.provider}, fault: {{error: {{like: {each.like}}}}},"
        f" during: fault, match: {each.match}}}\n"
        for each in CASES
    )
    return (
        "version: 1\nname: t\ntarget: {url: http://127.0.0.1:1}\n"
        f"providers:\n{providers}proxy: {{upstream_ca: '{fakes.ca}'}}\n"
        "load: {arrivals: 1/s, endpoints: [{name: e, request: GET /}]}\nphases: {fault: 600s}\n"
        f"inject:\n{inject}slos: [{{id: s, in: fault, availability: '>= 1%'}}]\n"
    )


def test_what_is_meant_is_struck_and_the_same_clients_next_call_is_not(arm, fakes):
    proxy = arm(experiment(fakes))
    for each in CASES:
        with pytest.raises(Exception):  # noqa: B017, PT011 - its own SDK's; which one is tested elsewhere
            each.meant("row")
        with contextlib.suppress(Exception):  # some of the fakes say nothing of use
            each.other("row")
    lines = proxy.lines()
    hits = {
        each.provider: [
            [name for name, _ in line["hits"]] for line in lines if line["provider"] == each.provider
        ]
        for each in CASES
    }
    assert hits == {each.provider: [[each.provider], []] for each in CASES}
    reached = [host for host, _ in fakes.calls]
    assert sorted(reached) == sorted(VENDORS[each.provider].host for each in CASES)  # the others, each once
    assert GEMINI in reached
