"""The exit codes of `./oi`."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The codes of every command; scripts rely on them."""

    COMPLETE = 0
    FAILED = 1
    USAGE = 2
    WORK_LEFT = 3
    INTERRUPTED = 130


EXIT_CODE_HELP = """Exit codes:

\b
  0    complete: all of it is loaded
  1    failed: the message on stderr says what, where and what to do
  2    wrong usage or settings: no request was made
  3    stopped cleanly with work left (budget, allowance or rate): what was paid
       is kept, and the same command continues there
  130  interrupted with Ctrl-C; what was paid is kept too
"""
