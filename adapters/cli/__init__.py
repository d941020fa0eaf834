"""The command line: ``plaint``.

Heavy libraries are imported by the verb that needs them, so that ``--help`` is quick.
"""

from adapters.cli.main import main

__all__ = ["main"]
