"""`python -m benchbook` is `benchbook`."""

import sys

from benchbook.cli import main

sys.exit(main())
