"""``python -m chaoskit.load``: one load process, driven by JSON lines on standard input.

gevent must patch the process before anything imports ``ssl`` or ``requests``, and Locust and users'
locustfiles print: so standard output is taken away from them first.
"""

import os
import resource
import sys
import warnings

from gevent import monkey

monkey.patch_all()
warnings.filterwarnings("ignore")


def main() -> None:
    """Run until the controller says so; the process then ends at once, whatever else still runs in it."""
    speech = os.dup(1)
    os.dup2(2, 1)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65536), most))  # each user has a connection
    # Locust and what it imports must come after the patch.
    from chaoskit import spec  # noqa: PLC0415
    from chaoskit.load import process  # noqa: PLC0415

    status = process.run(0, speech, spec.load)
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads and greenlets of a user's code must not keep the process: the record is closed.
    os._exit(status)


if __name__ == "__main__":
    main()
