"""`python -m asl_engine` is `asl`."""

import sys

from asl_engine.cli import main

if __name__ == "__main__":
    sys.exit(main())
