"""What the real SDKs of AI providers, and the plain clients, make of a stream that a fault strikes."""

import json
import os
import shutil
import subprocess

import anthropic
import openai
import pytest
import requests

from ai_provider import CHAT, AiProvider

pytestmark = [pytest.mark.socket, pytest.mark.broad]
ASK = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
NODE = """
const how = {method: "POST", body: "{}", signal: AbortSignal.timeout(4000)};
fetch(process.argv[1], how).then(async (answer) => {
  let text = "", error = null;
  try { for await (const part of answer.body) text += Buffer.from(part).toString(); }
  catch (e) { error = e.name; }
  console.log(JSON.stringify({text, error}));
});
"""


def behind(kit, fault, **more):
    provider = AiProvider()
    origin = kit.origin(h2=False, raw=provider.serve)
    proxy = kit.worker(origin, f"[{{id: i, provider: pay, fault: {fault}, during: fault}}]", **more)
    proxy.arm()
    return proxy, provider


def openai_of(kit, proxy, retries=0):
    transport = openai.DefaultHttpxClient(proxy=f"http://{proxy.address}", verify=kit.trust(proxy))
    return openai.OpenAI(
        api_key="k", base_url=f"https://{kit.host}/v1", http_client=transport, max_retries=retries, timeout=4
    )


def anthropic_of(kit, proxy):
    transport = anthropic.DefaultHttpxClient(proxy=f"http://{proxy.address}", verify=kit.trust(proxy))
    return anthropic.Anthropic(
        api_key="k", base_url=f"https://{kit.host}", http_client=transport, max_retries=0, timeout=4
    )


def chat(kit, proxy):
    """Return the text, the arguments and the reason that openai-python's chat stream brings."""
    text, arguments, reason = "", "", None
    with openai_of(kit, proxy) as client:
        for chunk in client.chat.completions.create(stream=True, **ASK):
            for choice in chunk.choices:
                text += choice.delta.content or ""
                reason = choice.finish_reason or reason
                for tool in choice.delta.tool_calls or ():
                    arguments += tool.function.arguments
    return text, arguments, reason


def messages(kit, proxy):
    """Return the events of anthropic-python's raw stream."""
    with anthropic_of(kit, proxy) as client:
        return list(client.messages.create(stream=True, max_tokens=9, **ASK))


def responses(kit, proxy):
    """Return the events of openai-python's stream of Responses."""
    with openai_of(kit, proxy) as client:
        return list(client.responses.create(model="m", input="hi", stream=True))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("{duplicate_event: {nth: 99}}", ("Hello", '{"a": 1}', "stop")),
        ("{duplicate_event: {nth: 2}}", ("Hellolo", '{"a": 1}', "stop")),
        ("{missing_end: {}}", ("Hello", '{"a": 1}', "stop")),  # accepted without a word
        ("{missing_end: {reason: missing}}", ("Hello", '{"a": 1}', None)),
        ("{finish_reason: {reason: length}}", ("Hello", '{"a": 1}', "length")),
        ("{finish_reason: {reason: content_filter}}", ("Hello", '{"a": 1}', "content_filter")),
        ("{tool_call_json: {}}", ("Hello", '{"a": 1', "stop")),
        ("{event_gap: {time: 20ms}}", ("Hello", '{"a": 1}', "stop")),
    ],
)
def test_what_openai_reads_in_a_chat(kit, fault, expected):
    proxy, _ = behind(kit, fault)
    assert chat(kit, proxy) == expected


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        ("{error_event: {after: 2}}", openai.APIError),
        ("{malformed_event: {nth: 2}}", json.JSONDecodeError),
        ("{malformed_event: {nth: 2, how: framing}}", json.JSONDecodeError),
        ("{token_limit: {calls: 1, window: 500s}}", openai.RateLimitError),
    ],
)
def test_what_openai_raises_in_a_chat(kit, fault, raised):
    proxy, _ = behind(kit, fault)
    if "token_limit" in fault:
        chat(kit, proxy)
    with pytest.raises(raised) as problem:
        chat(kit, proxy)
    assert problem.type is raised
    if raised is openai.RateLimitError:
        assert problem.value.code == "rate_limit_exceeded"
        assert 490 < int(problem.value.response.headers["retry-after"]) <= 500


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        ("{stall: {events: 2}}", openai.APITimeoutError),
        ("{disconnect: {events: 2, how: fin}}", openai.APIConnectionError),
    ],
)
def test_a_chat_that_stops_raises_in_openai(kit, fault, raised):
    proxy, _ = behind(kit, fault)
    with pytest.raises(raised) as problem:
        chat(kit, proxy)
    assert problem.type is raised


def test_openai_reads_responses(kit):
    proxy, _ = behind(kit, "{finish_reason: {reason: length}}")
    last = responses(kit, proxy)[-1]
    assert (last.type, last.response.status) == ("response.incomplete", "incomplete")
    assert last.response.incomplete_details.reason == "max_output_tokens"


def test_openai_does_not_raise_the_error_event_of_responses(kit):
    proxy, _ = behind(kit, "{error_event: {after: 2}}")
    told = responses(kit, proxy)
    assert [each.type for each in told[:2]] == ["response.created", "response.output_text.delta"]
    assert [(each.type, each.code) for each in told[2:]] == [("error", "server_error")]


def test_openai_reads_tool_calls_of_responses_that_do_not_parse(kit):
    proxy, _ = behind(kit, "{tool_call_json: {}}")
    (done,) = [e for e in responses(kit, proxy) if e.type == "response.function_call_arguments.done"]
    assert done.arguments == '{"a": 1'


@pytest.mark.parametrize(
    ("fault", "last", "reason"),
    [
        ("{duplicate_event: {nth: 99}}", "message_stop", "end_turn"),
        ("{missing_end: {}}", "message_delta", "end_turn"),
        ("{finish_reason: {reason: length}}", "message_stop", "max_tokens"),
        ("{finish_reason: {reason: content_filter}}", "message_stop", "refusal"),
    ],
)
def test_what_anthropic_reads(kit, fault, last, reason):
    proxy, _ = behind(kit, fault)
    told = messages(kit, proxy)
    assert told[-1].type == last
    assert [each.delta.stop_reason for each in told if each.type == "message_delta"] == [reason]


@pytest.mark.parametrize(
    ("fault", "raised"),
    [
        ("{error_event: {after: 3}}", anthropic.APIStatusError),
        ("{malformed_event: {nth: 4}}", json.JSONDecodeError),
        ("{token_limit: {tokens: 12, window: 500s}}", anthropic.RateLimitError),
    ],
)
def test_what_anthropic_raises(kit, fault, raised):
    proxy, _ = behind(kit, fault)
    if "token_limit" in fault:
        messages(kit, proxy)
    with pytest.raises(raised) as problem:
        messages(kit, proxy)
    if raised is anthropic.APIStatusError:
        assert (problem.value.status_code, problem.value.body["error"]["type"]) == (200, "overloaded_error")
    if raised is anthropic.RateLimitError:
        assert problem.value.body["error"]["type"] == "rate_limit_error"


def test_curl_and_requests_see_the_cut_after_so_many_events(kit):
    proxy, _ = behind(kit, "{disconnect: {events: 2, how: fin}}")
    where = f"https://{kit.host}/v1/chat/completions"
    out = subprocess.run(
        ["curl", "-sSN", "--http1.1", "-m", "5", "-d", "{}", where],
        env=os.environ | kit.environment(proxy),
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert (out.stdout, out.returncode) == (b"".join(CHAT[:2]), 18)
    body = b""
    answer = requests.post(
        where,
        json={},
        stream=True,
        proxies={"https": f"http://{proxy.address}"},
        verify=kit.own_ca,
        timeout=5,
    )
    parts = answer.iter_content(None)
    body = next(parts)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        body += b"".join(parts)
    assert b"".join(CHAT[:2]).startswith(body)


@pytest.mark.skipif(
    shutil.which("node") is None, reason="node is not on this machine (apt-get install nodejs)"
)
@pytest.mark.parametrize(
    ("fault", "events", "error"),
    [
        ("{duplicate_event: {nth: 99}}", CHAT, None),
        ("{missing_end: {}}", CHAT[:-1], None),
        ("{disconnect: {events: 2, how: fin}}", CHAT[:2], "TypeError"),
        ("{stall: {events: 2}}", CHAT[:2], "TimeoutError"),
    ],
)
def test_what_nodes_fetch_reads(kit, fault, events, error):
    # its fetch knows no proxy, so it comes through a reverse listener
    proxy, _ = behind(kit, fault, provider=", reverse: 127.0.0.1:0")
    where = f"http://{proxy.reverse['pay']}/v1/chat/completions"
    out = subprocess.run(["node", "-e", NODE, where], capture_output=True, check=True, timeout=30)
    assert json.loads(out.stdout) == {"text": b"".join(events).decode(), "error": error}
