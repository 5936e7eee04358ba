"""`python -m attuned_training` is `attuned-training`."""

import sys

from .command_line import main

sys.exit(main())
