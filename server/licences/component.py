"""One thing that Warmline is made of. Knows nothing of where it was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

UNSTATED = "none stated"
"""Stands in the licence of whatever comes in a package that names none."""

COPYLEFT = ("AGPL", "GPL", "SSPL")
"""Licences whose terms reach what is distributed together with it. LGPL is told apart."""

RESTRICTED = ("non-commercial", "NonCommercial", "-NC")


@dataclass(frozen=True, slots=True)
class Component:
    """``kind``: a library, weights that are fetched, or weights of ours in this package. ``licence``: as its makers
    state it. ``source``: where it comes from, as a package URL or a folder of this package. ``sha256``: of its main
    file, "" for a library."""

    name: str
    version: str
    kind: Literal["library", "fetched weights", "own weights"]
    licence: str
    source: str
    sha256: str = ""

    @property
    def concerns(self) -> str:
        """What somebody who deploys this should look at; "" for nothing. No legal advice."""
        if UNSTATED in self.licence:
            return "no licence stated"
        if any(word in self.licence for word in RESTRICTED):
            return "not for commercial use"
        bare = self.licence.replace("LGPL", "")
        if any(word in bare for word in COPYLEFT) and " OR " not in self.licence:
            return "copyleft"
        return ""
