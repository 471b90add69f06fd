"""`python -m sandbox`: the pretend AFAS as a process."""

import argparse
import logging
import math
import signal
import sys
import threading
from pathlib import Path

from sandbox import examples, seed
from sandbox.app import Sandbox
from sandbox.server import listen

PORT_IN_USE = 2


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT, or print a token. Returns the exit code; 2 = port in use."""
    wish = _parsed(arguments)
    if wish.print_token is not None:
        return _print_token(wish.print_token)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    return _serve(Sandbox(wish.state, scale=wish.scale), wish)


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8010)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state", type=Path, default=Path("var/sandbox.sqlite3"))
    parser.add_argument(
        "--scale",
        type=_scale,
        default=1.0,
        help="how many seconds a second of AFAS lasts here: 0.05 plays 899 of them in a minute",
    )
    parser.add_argument("--clean", action="store_true", help="forget the past, start from the seed")
    parser.add_argument(
        "--examples",
        action="store_true",
        help="hold what the example company of participant 54321 has booked",
    )
    parser.add_argument(
        "--print-token",
        metavar="ENVIRONMENT",
        help=f"print the user token to paste and stop: {', '.join(seed.ENVIRONMENTS)}",
    )
    return parser.parse_args(arguments)


def _scale(text: str) -> float:
    scale = float(text)
    if not 0 < scale < math.inf:
        raise argparse.ArgumentTypeError("the scale is a number above 0")
    return scale


def _print_token(environment: str) -> int:
    if environment not in seed.ENVIRONMENTS:
        known = ", ".join(seed.ENVIRONMENTS)
        sys.stderr.write(f"There is no environment {environment}; there are {known}.\n")
        return 1
    sys.stdout.write(f"{seed.ENVIRONMENTS[environment].token}\n")
    return 0


def _serve(app: Sandbox, wish: argparse.Namespace) -> int:
    host = wish.host
    try:
        server = listen(app, host, wish.port)
    except OSError as problem:
        sys.stderr.write(f"The sandbox cannot listen on {host}:{wish.port}: {problem.strerror}.\n")
        return PORT_IN_USE
    if wish.clean:
        app.store.reset()
    if wish.examples:
        examples.fill(app.store)
    stopped = threading.Event()
    for asked_to_stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked_to_stop, lambda *_: stopped.set())
    logging.getLogger("sandbox").info("The pretend AFAS listens on http://%s:%s", host, server.port)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
    serving.start()
    stopped.wait()
    server.shutdown()
    serving.join()
    app.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
