"""`python -m include.cli`: what the launcher `./oi` starts."""

import signal

from include.cli.failures import explained
from include.cli.process import open_streams, prepare
from include.domain.gc_tuning import collect_seldom

if __name__ == "__main__":
    open_streams()
    collect_seldom()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # SIGTERM ends a run as cleanly as Ctrl-C
    with explained():
        prepare()
        from include.cli.app import app  # looks at the streams

        app(prog_name="oi")
