"""``python -m affetto`` is the ``affetto`` command."""

import sys

from affetto.cli import main

sys.exit(main())
