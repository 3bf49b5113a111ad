"""Each provider's own SDK, told to make one call: the row's name is in the call, where the proxy looks.

Retries are off. Nothing here knows what an SDK is to raise.
"""

import os
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import anthropic
import boto3
import botocore.config
import github
import openai
import slack_sdk
import stripe
import twilio.rest
from azure.core import PipelineClient
from azure.core.rest import HttpRequest
from google import genai
from google.genai.types import HttpOptions
from sendgrid import SendGridAPIClient

TIMEOUT = 20
QUESTION = [{"role": "user", "content": "When?"}]
REGION = "us-east-1"
_BOTO = threading.Lock()
_ROW = threading.local()


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """``host``: what the SDK calls. ``matched``: where the row's name is in its calls, as a match.

    ``stream``: the same call, streamed; it appends the pieces to a list.
    """

    sdk: str
    host: str
    call: Callable[[str], Any]
    stream: Callable[[str, list[Any]], Any] | None = None
    matched: str = "{{header: {{x-row: {row}}}}}"

    def match(self, row: str) -> str:
        return self.matched.format(row=row)


def with_stripe(row: str) -> Any:
    client = stripe.StripeClient(
        "sk_test_1", http_client=stripe.RequestsClient(timeout=TIMEOUT), max_network_retries=0
    )
    asked = {"amount": 1000, "currency": "eur"}
    return client.v1.payment_intents.create(asked, {"idempotency_key": row})


def chat(client: Any, row: str, **more: Any) -> Any:
    return client.chat.completions.create(
        model="gpt-4o-mini", messages=QUESTION, extra_headers={"x-row": row}, **more
    )


def with_openai(row: str) -> Any:
    with openai.OpenAI(api_key="sk-1", timeout=TIMEOUT, max_retries=0) as client:
        return chat(client, row)


def openai_stream(row: str, pieces: list[Any]) -> Any:
    with openai.OpenAI(api_key="sk-1", timeout=TIMEOUT, max_retries=0) as client:
        pieces.extend(chat(client, row, stream=True))


def with_groq(row: str) -> Any:
    base = "https://api.groq.com/openai/v1"
    with openai.OpenAI(api_key="gsk-1", base_url=base, timeout=TIMEOUT, max_retries=0) as client:
        return chat(client, row)


def with_azure_openai(row: str) -> Any:
    endpoint, version = "https://shop.openai.azure.com", "2024-10-21"
    with openai.AzureOpenAI(
        api_key="1", api_version=version, azure_endpoint=endpoint, timeout=TIMEOUT, max_retries=0
    ) as client:
        return chat(client, row)


def with_anthropic(row: str) -> Any:
    with anthropic.Anthropic(api_key="sk-ant-1", timeout=TIMEOUT, max_retries=0) as client:
        return client.messages.create(**asked_of_anthropic(row))


def anthropic_stream(row: str, pieces: list[Any]) -> Any:
    with (
        anthropic.Anthropic(api_key="sk-ant-1", timeout=TIMEOUT, max_retries=0) as client,
        client.messages.stream(**asked_of_anthropic(row)) as answer,
    ):
        pieces.extend(answer.text_stream)


def asked_of_anthropic(row: str) -> dict[str, Any]:
    return {
        "model": "claude-of-the-test",
        "max_tokens": 100,
        "messages": QUESTION,
        "extra_headers": {"x-row": row},
    }


def gemini(row: str) -> genai.Client:
    return genai.Client(
        api_key="1", vertexai=False, http_options=HttpOptions(headers={"x-row": row}, timeout=TIMEOUT * 1000)
    )


def with_gemini(row: str) -> Any:
    with gemini(row) as client:
        return client.models.generate_content(model="gemini-2.0-flash", contents="When?")


def gemini_stream(row: str, pieces: list[Any]) -> Any:
    with gemini(row) as client:
        answer = client.models.generate_content_stream(model="gemini-2.0-flash", contents="When?")
        pieces.extend(chunk.text for chunk in answer)


@cache
def boto(service: str, endpoint: str | None, proxy: str):
    """Return a client, made once: that takes longer than all of its calls. ``proxy`` is for the cache."""
    config = botocore.config.Config(
        connect_timeout=TIMEOUT,
        read_timeout=TIMEOUT,
        s3={"addressing_style": "path", "us_east_1_regional_endpoint": "regional"},
        retries={"total_max_attempts": 1},
    )
    session = boto3.session.Session("AKIA1", "secret", region_name=REGION)
    client = session.client(service, config=config, endpoint_url=endpoint)
    client.meta.events.register(
        "before-call", lambda params, **_: params["headers"].update({"x-row": _ROW.name})
    )
    return client


def aws(service: str, operation: str, endpoint: str | None = None, **asked: Any) -> Callable[[str], Any]:
    def call(row: str) -> Any:
        with _BOTO:  # making a client is not safe among threads, using it is
            client = boto(service, endpoint, os.environ["HTTPS_PROXY"])
        _ROW.name = row
        return getattr(client, operation)(**asked)

    return call


def with_azure(url: str) -> Callable[[str], Any]:
    def call(row: str) -> Any:
        with PipelineClient(base_url=url, policies=[]) as client:
            answer = client.send_request(HttpRequest("GET", url, headers={"x-row": row}))
            answer.raise_for_status()
            return answer

    return call


def with_twilio(row: str) -> Any:
    client = twilio.rest.Client(row.replace("/", "-"), "token")
    return client.messages.create(to="+15558675310", from_="+15017250604", body="left today")


def with_sendgrid(row: str) -> Any:
    client = SendGridAPIClient("SG.1").client
    client.timeout = TIMEOUT
    return client.mail.send.post(request_body={"subject": "left today"}, request_headers={"x-row": row})


def with_github(row: str) -> Any:
    client = github.Github(
        auth=github.Auth.Token("1"), user_agent=row, retry=None, seconds_between_requests=0, timeout=TIMEOUT
    )
    return client.get_user("octocat")


def with_slack(row: str) -> Any:
    trust = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
    client = slack_sdk.WebClient(
        "xoxb-1", headers={"x-row": row}, ssl=trust, timeout=TIMEOUT, retry_handlers=[]
    )
    return client.chat_postMessage(channel="C1", text="left today")


def of_aws(
    service: str, operation: str, host: str | None = None, endpoint: str | None = None, **asked
) -> Vendor:
    return Vendor(
        sdk="boto3",
        host=host or f"{service}.{REGION}.amazonaws.com",
        call=aws(service, operation, endpoint, **asked),
    )


VENDORS = {
    "anthropic": Vendor(
        sdk="anthropic", host="api.anthropic.com", call=with_anthropic, stream=anthropic_stream
    ),
    "aws": of_aws("iam", "list_users", host="iam.amazonaws.com"),
    "aws-dynamodb": of_aws("dynamodb", "get_item", TableName="table", Key={"id": {"S": "1"}}),
    "aws-ec2": of_aws("ec2", "describe_instances"),
    "aws-lambda": of_aws("lambda", "invoke", FunctionName="f"),
    "aws-s3": of_aws("s3", "put_object", Bucket="bucket", Key="key", Body=b"1"),
    "aws-sqs": of_aws(
        "sqs",
        "send_message",
        QueueUrl=f"https://sqs.{REGION}.amazonaws.com/1/q",
        MessageBody="1",
    ),
    "aws-sts": of_aws("sts", "get_caller_identity"),
    "azure": Vendor(
        sdk="azure-core",
        host="management.azure.com",
        call=with_azure("https://management.azure.com/subscriptions?api-version=2022-12-01"),
    ),
    "azure-blob": Vendor(
        sdk="azure-core",
        host="shop.blob.core.windows.net",
        call=with_azure("https://shop.blob.core.windows.net/container/blob"),
    ),
    "azure-openai": Vendor(sdk="openai", host="shop.openai.azure.com", call=with_azure_openai),
    "bedrock": of_aws(
        "bedrock-runtime",
        "converse",
        modelId="anthropic.claude-of-the-test",
        messages=[{"role": "user", "content": [{"text": "When?"}]}],
    ),
    "cloudflare-r2": of_aws(
        "s3",
        "get_object",
        host="1.r2.cloudflarestorage.com",
        endpoint="https://1.r2.cloudflarestorage.com",
        Bucket="bucket",
        Key="key",
    ),
    "cognito": of_aws(
        "cognito-idp",
        "initiate_auth",
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId="client",
        AuthParameters={"USERNAME": "u", "PASSWORD": "p"},
    ),
    "entra-id": Vendor(
        sdk="azure-core", host="graph.microsoft.com", call=with_azure("https://graph.microsoft.com/v1.0/me")
    ),
    "github": Vendor(
        sdk="PyGithub", host="api.github.com", call=with_github, matched="{{header: {{user-agent: '{row}'}}}}"
    ),
    "google-gemini": Vendor(
        sdk="google-genai",
        host="generativelanguage.googleapis.com",
        call=with_gemini,
        stream=gemini_stream,
    ),
    "groq": Vendor(sdk="openai", host="api.groq.com", call=with_groq),
    "openai": Vendor(sdk="openai", host="api.openai.com", call=with_openai, stream=openai_stream),
    "route53": of_aws("route53", "list_hosted_zones", host="route53.amazonaws.com"),
    "sendgrid": Vendor(sdk="sendgrid", host="api.sendgrid.com", call=with_sendgrid),
    "ses": of_aws(
        "ses",
        "send_email",
        host=f"email.{REGION}.amazonaws.com",
        Source="a@example.com",
        Destination={"ToAddresses": ["b@example.com"]},
        Message={"Subject": {"Data": "left"}, "Body": {"Text": {"Data": "today"}}},
    ),
    "slack": Vendor(sdk="slack_sdk", host="slack.com", call=with_slack),
    "stripe": Vendor(
        sdk="stripe",
        host="api.stripe.com",
        call=with_stripe,
        matched="{{header: {{idempotency-key: '{row}'}}}}",
    ),
    "twilio": Vendor(sdk="twilio", host="api.twilio.com", call=with_twilio, matched="{{path: '*/{row}/*'}}"),
}
"""By provider of the catalogue. It has an SDK here, so each of its dialects has one that parses it."""
