"""The browser of ``warmline bench page``, by the name that tests know."""

from warmline.server.bench.chromium import PATIENCE_S, Tab, chromium, executable

__all__ = ["PATIENCE_S", "Tab", "chromium", "executable"]
