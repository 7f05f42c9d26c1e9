"""Read by every Python that starts with this folder on its path: it reaches this machine only.

An audit hook cannot be taken out again.  Whoever tries to go further finds no network, and is
named in the file ``AFFETTO_CUT``.
"""

import errno
import os
import sys

_HERE = ("127.", "::1", "localhost", "0.0.0.0", "::")


def _guard(event: str, arguments: tuple) -> None:
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else "localhost"  # else a socket file
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    if not name.startswith(_HERE):
        with open(os.environ["AFFETTO_CUT"], "a", encoding="utf-8") as log:
            log.write(f"{event} {name}\n")
        raise OSError(errno.ENETUNREACH, "the network is cut")


if "AFFETTO_CUT" in os.environ:
    sys.addaudithook(_guard)
