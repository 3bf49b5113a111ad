"""What an SDK raised, as the catalogue writes it, and what it knew of the answer."""

from collections.abc import Callable
from typing import Any

import azure.core.exceptions
import github
import google.genai.errors
import python_http_client
import slack_sdk.errors
import twilio.base.exceptions
from botocore.exceptions import ClientError


def name_of(problem: Exception) -> str:
    """Return ``Class``, or ``Class (code)`` of a class that stands for many errors."""
    name = type(problem).__name__
    for kind, code_of in _CODES:
        if isinstance(problem, kind):
            code = code_of(problem)
            return f"{name} ({code})" if code and str(code) != name else name
    return name


def _slack(problem: slack_sdk.errors.SlackApiError) -> Any:
    word = problem.response.get("error") or ""
    return word if " " not in word else None  # the provider's own word, or the SDK's about no JSON


def _azure(problem: azure.core.exceptions.HttpResponseError) -> Any:
    return (problem.error and problem.error.code) or problem.status_code


def _github(problem: github.GithubException) -> Any:
    return problem.status if type(problem) is github.GithubException else None


_CODES: list[tuple[type[Exception], Callable[[Any], Any]]] = [
    (ClientError, lambda problem: problem.response["Error"]["Code"]),
    (twilio.base.exceptions.TwilioRestException, lambda problem: problem.code),
    (slack_sdk.errors.SlackApiError, _slack),
    (azure.core.exceptions.HttpResponseError, _azure),
    (google.genai.errors.APIError, lambda problem: problem.status),
    (github.GithubException, _github),
]


def status_of(problem: Exception) -> int | None:
    """Return the HTTP status that the SDK tells; None where it tells none."""
    if isinstance(problem, ClientError):
        return problem.response["ResponseMetadata"]["HTTPStatusCode"]
    if isinstance(problem, slack_sdk.errors.SlackApiError):
        return getattr(problem.response, "status_code", None) or problem.response.get("status")
    for name in ("status_code", "http_status", "status", "code"):
        found = getattr(problem, name, None)
        if isinstance(found, int):
            return found
    return None


def headers_of(problem: Exception) -> dict[str, str]:
    """Return the answer's headers, in lower case, as far as the SDK gives them."""
    if isinstance(problem, ClientError):
        found = problem.response["ResponseMetadata"]["HTTPHeaders"]
    else:
        answer = getattr(problem, "response", None)
        found = getattr(problem, "headers", None) or getattr(answer, "headers", None) or {}
    return {str(name).lower(): value for name, value in dict(found).items()}


def words_of(problem: Exception) -> str:
    """Return all that the SDK says of it, to look for the provider's own message in."""
    more = problem.body if isinstance(problem, python_http_client.HTTPError) else ""
    return f"{problem} {getattr(problem, 'response', '')} {getattr(problem, 'body', '')} {more}"
