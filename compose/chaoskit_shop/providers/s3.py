"""s3.us-east-1.amazonaws.com and s3.us-west-2.amazonaws.com: one bucket, kept alike in two regions.

An object is text; what is missing is S3's XML. Each answer closes its connection, so that each call needs a
new one: what a failure of DNS strikes.
"""

import itertools

from flask import Flask, Response

from chaoskit_shop.providers.latency import Sleep, pauses

_OBJECTS = {"terms.txt": "You may send anything back within thirty days.\n"}
_MISSING = '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Key>{key}</Key></Error>'


def create(host: str, sleep: Sleep) -> Flask:
    """Return one region's endpoint."""
    app = Flask(__name__)
    pause = pauses(host, 0.006, 0.018, sleep)
    numbers = itertools.count(1)

    @app.get("/shop-documents/<key>")
    def get_object(key: str) -> Response:
        pause()
        text = _OBJECTS.get(key)
        if text is None:
            return Response(_MISSING.format(key=key), 404, content_type="application/xml")
        return Response(text, content_type="text/plain")

    @app.after_request
    def sign(response: Response) -> Response:
        response.headers["server"] = "AmazonS3"
        response.headers["x-amz-request-id"] = f"{next(numbers):016X}"
        response.headers["connection"] = "close"
        return response

    return app
