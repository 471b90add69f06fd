"""The sandbox on a real port: a threaded Werkzeug server that leaves logging to the app."""

import socket
from typing import TYPE_CHECKING, Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class _QuietHandler(WSGIRequestHandler):
    """The app writes one readable line per request; Werkzeug's own would double it."""

    def log_request(self, *_args: Any) -> None:
        pass


def listen(app: "WSGIApplication", host: str, port: int) -> BaseWSGIServer:
    """A server that is bound and listening, not yet serving. Port 0 picks a free one.

    Raises OSError when the port is taken (Werkzeug itself would end the process).
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((host, port))
        door.listen(128)
        door.set_inheritable(True)
        return make_server(
            host,
            door.getsockname()[1],
            app,
            threaded=True,
            request_handler=_QuietHandler,
            fd=door.fileno(),
        )
