# chaoskit as proxy, controller and load process; also the demo shop and its fake providers.
# Only what the legacy builder can do: the Docker SDK knows no other.
ARG BASE_IMAGE=python:3.12-slim

FROM ${BASE_IMAGE} AS built
# Wheels, if `make wheels` left some, are for builds without a network. The second stage leaves them behind.
COPY requirements.lock build/wheel[s] /tmp/build/
RUN python -m venv /opt/chaoskit \
    && install() { \
        /opt/chaoskit/bin/pip install --quiet --disable-pip-version-check --no-cache-dir --no-compile \
            --require-hashes -r /tmp/build/requirements.lock "$@"; \
    } \
    && if ls /tmp/build/*.whl >/dev/null 2>&1; then install --no-index --find-links /tmp/build \
        || { echo "the wheels do not fit this image; asking the index"; install; }; else install; fi \
    && /opt/chaoskit/bin/pip uninstall --quiet --yes pip \
    && find /opt/chaoskit \( -name tests -o -name sample_data \) -type d -prune -exec rm -rf {} + \
    && python -m compileall -q -j 0 /opt/chaoskit

FROM ${BASE_IMAGE}
RUN { command -v nft && command -v tc; } >/dev/null \
    || { apt-get update -qq && apt-get install -y -qq --no-install-recommends nftables iproute2 \
        && rm -rf /var/lib/apt/lists/*; }
# Volumes take their owner from the folders that are here before them.
RUN { grep -q '^chaoskit:' /etc/passwd \
        || { echo 'chaoskit:x:1000:1000::/home/chaoskit:/bin/sh' >>/etc/passwd; echo 'chaoskit:x:1000:' >>/etc/group; }; } \
    && mkdir -p /home/chaoskit /demo /ca && chown 1000:1000 /home/chaoskit /demo /ca
COPY --from=built /opt/chaoskit /opt/chaoskit
COPY chaoskit /app/chaoskit
COPY compose /app/compose
COPY experiments /app/experiments
# The package is not installed, so that a build needs no build tool; this is its one command.
RUN printf '#!/bin/sh\nexec python -m chaoskit "$@"\n' >/opt/chaoskit/bin/chaoskit && chmod 755 /opt/chaoskit/bin/chaoskit \
    && python -m compileall -q /app
ENV PATH=/opt/chaoskit/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONPATH=/app:/app/compose PYTHONUNBUFFERED=1 LANG=C.UTF-8
USER chaoskit
WORKDIR /home/chaoskit
# Asks no port: a proxy would take the probe for a client.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 CMD ["python", "-S", "-E", "/app/compose/health.py"]
CMD ["chaoskit", "--help"]
