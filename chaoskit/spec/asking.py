"""The endpoints of a load: the requests that it makes, or what is known of a locustfile's."""

from chaoskit.core.call import header
from chaoskit.core.experiment import DegradedWhen, Endpoint, Expect
from chaoskit.spec import words
from chaoskit.spec.nodes import Pairs, Problems, did_you_mean, keys, quoted
from chaoskit.spec.scalars import ScalarError
from chaoskit.spec.sections import AnswerSection, EndpointSection
from chaoskit.spec.shapes import At, mentions
from chaoskit.spec.surroundings import headers


def endpoint(
    at: At[EndpointSection], providers: tuple[str, ...] | None, problems: Problems, *, of_locustfile: bool
) -> Endpoint | None:
    """Return one endpoint, or None where its name or its request is wrong.

    Beside a locustfile it is a name of the file's requests, and what is known of them: no request of its own.
    """
    section = at.value
    name = section.name
    if of_locustfile:
        _refuse_request(at, problems)
    elif name is not None and not _is_plain(name, problems):
        name = None
    if not of_locustfile and not mentions(at.node, "request", EndpointSection):
        problems.add(at.node.place, "`request` is missing: a method and a path such as POST /checkout")
    sent = headers(section.headers, problems)
    body: bytes | None = None
    if section.json is not None and section.body is not None:
        problems.add(section.body.node.place, "expected `json` or `body`, got both", "leave one of them out")
    if section.json is not None:
        body = section.json.value
        if header(sent, "content-type") is None:
            sent = (*sent, ("content-type", "application/json"))
    elif section.body is not None:
        body = section.body.value.encode()
    weight = section.weight
    if weight is not None and not 0 < weight.value <= 1e6:
        problems.add(weight.node.place, f"expected a weight above 0, got {weight.value:g}")
    for each in section.depends_on or ():
        if providers is not None and each.value not in providers:
            problems.add(
                each.node.place,
                f"unknown provider {quoted(each.value)}",
                did_you_mean(each.value, providers, "providers"),
            )
    expect = _answer(section.expect, problems)
    degraded = _answer(section.degraded_when, problems)
    if name is None or (section.request is None and not of_locustfile):
        return None
    method, path = section.request or ("", "")
    return Endpoint(
        name=name.value,
        method=method,
        path=path,
        headers=sent,
        body=body,
        weight=weight.value if weight is not None else 1.0,
        depends_on=tuple(each.value for each in section.depends_on or ()),
        expect=expect or Expect(),
        degraded_when=DegradedWhen(status=degraded.status, body=degraded.body, header=degraded.header)
        if degraded is not None
        else None,
        calls=section.calls or "always",
        safe_to_repeat=section.safe_to_repeat is not False,
    )


def _is_plain(name: At[str], problems: Problems) -> bool:
    """Tell whether a name will do in ids and patterns; a locustfile's may be paths as well."""
    try:
        words.name(name.value)
    except ScalarError as error:
        problems.add(name.node.place, str(error), error.hint)
        return False
    return True


_OF_REQUESTS = ("headers", "json", "body", "weight", "expect", "degraded_when", "safe_to_repeat")


def _refuse_request(at: At[EndpointSection], problems: Problems) -> None:
    assert isinstance(at.node, Pairs)
    for key in _OF_REQUESTS:
        node = at.node.get(key)
        if node is not None:
            problems.add(
                node.place,
                f"`{key}` is about a request that chaoskit makes, and here the locustfile makes them",
                "what its code says with `response.failure()` is what counts"
                if key in ("expect", "degraded_when")
                else f"leave `{key}` out",
            )


def _answer(at: At[AnswerSection] | None, problems: Problems) -> Expect | None:
    if at is None:
        return None
    section = at.value
    if not keys(at.node):
        problems.add(at.node.place, "expected `status`, `body` or `header`, got none", "leave the key out")
    return Expect(status=section.status or (), body=section.body, header=headers(section.header, problems))
