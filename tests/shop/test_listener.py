"""The fake providers' front door, as a function: whose request it is, and callers that leave."""

import io

from chaoskit_shop.providers.listener import by_host


class Gone(io.BytesIO):
    def read(self, *_: object) -> bytes:
        raise OSError("unexpected end of file")


def ask(host: str, content: io.BytesIO) -> tuple[str, bytes]:
    statuses: list[str] = []

    def echo(environ, start_response):
        start_response("200 OK", [])
        return [environ["wsgi.input"].read()]

    application = by_host({"api.stripe.com": echo})
    body = application({"HTTP_HOST": host, "wsgi.input": content}, lambda status, _: statuses.append(status))
    return statuses[0], b"".join(body)


def test_a_request_reaches_the_application_of_its_host_with_its_body():
    assert ask("API.stripe.com:443", io.BytesIO(b"amount=1")) == ("200 OK", b"amount=1")


def test_a_host_that_no_provider_has_is_misdirected():
    status, said = ask("api.example", io.BytesIO())
    assert (status, said) == ("421 Misdirected Request", b"no fake provider is called `api.example`\n")


def test_a_caller_that_leaves_in_the_middle_has_no_effect():
    assert ask("api.stripe.com", Gone()) == ("400 Bad Request", b"")
