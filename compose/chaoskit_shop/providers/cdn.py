"""cdn-a.shop.example and cdn-b.shop.example: the same pictures, at two edges.

Each signs its answers as its edge does: Cloudflare with ``cf-ray`` and ``cf-cache-status``, Fastly with
``x-served-by`` and ``x-cache``.
"""

import itertools

from flask import Flask, Response

from chaoskit_shop.hosts import CDN_A
from chaoskit_shop.providers.latency import Sleep, pauses

_PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30"><title>{sku}</title>'
    '<text x="5" y="20">{sku}</text></svg>\n'
)


def create(host: str, sleep: Sleep) -> Flask:
    """Return the edge that serves ``host``; it has a picture of everything."""
    app = Flask(__name__)
    pause = pauses(host, 0.004, 0.012, sleep)
    numbers = itertools.count(1)

    @app.get("/items/<sku>.svg")
    def picture(sku: str) -> Response:
        pause()
        return Response(_PICTURE.format(sku=sku), content_type="image/svg+xml")

    @app.after_request
    def sign(response: Response) -> Response:
        if host == CDN_A:
            response.headers["server"] = "cloudflare"
            response.headers["cf-ray"] = f"{next(numbers):016x}-FRA"
            response.headers["cf-cache-status"] = "HIT"
        else:
            response.headers["via"] = "1.1 varnish"
            response.headers["x-served-by"] = "cache-fra-demo-FRA"
            response.headers["x-cache"] = "HIT"
        return response

    return app
