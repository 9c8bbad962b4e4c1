"""What `./oi` tells a script when it ends."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The codes of every command; scripts stand on them."""

    COMPLETE = 0
    FAILED = 1
    USAGE = 2
    WORK_LEFT = 3
    INTERRUPTED = 130


EXIT_CODE_HELP = """Exit codes:

\b
  0    complete: everything asked for is loaded, nothing is left
  1    failed: the sentence on stderr says what, where and what to do next
  2    wrong usage or settings: nothing was asked of the API
  3    stopped cleanly with work left (budget, allowance or rate): what was paid
       is kept, and the same command goes on from there
  130  interrupted with Ctrl-C: likewise
"""
