"""The command line: `benchbook …`. Exit codes: 0 done, 1 the thing asked for failed, 2 the request was wrong."""

from benchbook.cli.main import main

__all__ = ["main"]
