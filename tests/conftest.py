"""Makes the helpers beside this file importable (``from virtual_time import virtual_time``), and lets no test of a
property fail because the machine was slow."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))
settings.register_profile("warmline", deadline=None)
settings.load_profile("warmline")
