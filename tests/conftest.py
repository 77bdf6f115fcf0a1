"""Makes the helpers beside this file importable (``from virtual_time import virtual_time``)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
