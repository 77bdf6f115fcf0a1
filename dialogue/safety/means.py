"""Words for things and acts that may be means of harm, kept as hashes: no method is listed here, not even to be found.

A word that matches becomes the plain token ``xmeans`` (a thing) or ``xact`` (an act); the pattern tables name only
these. Tests write the tokens themselves. To add a word: ``python -m warmline.dialogue.safety.means WORD`` prints its
hash.
"""

from __future__ import annotations

import hashlib
import sys
from functools import lru_cache

THING = "xmeans"
ACT = "xact"

_THINGS = frozenset(
    """
    03a0fc122a 16f808773c 1935509db9 1d68d40614 20bb3b1023 240e83d0dc 37b6bb2819 3b080efa22 3fe2002413
    3ff01a5494 53ef93a88d 58155bab8c 59408a057a 5e12804aea 60cba39248 63d3ce60ab 691623dbe8 70fe6b1ebd
    718065efef 77bb27cff9 81114595b8 8879109917 8ace62761a 8ba5e83283 8e702b78f5 9183460d31 924a5fd484
    94a5714596 9c1dc2dacf a50e9d3e58 a798a56dc5 aa7846398e ac450b7531 b28cd98b2b b41769b565 b6dfc390c9
    bc0b43f8cf c4c18a5da4 c62409d65f c9255bade6 d05eabc101 d69217ba7a d7d7743ac3 dc553f4624 e43585234b
    e4c5c6a006 e6cb1433f6 e6f3fbd7c7 ecc986bc67 ee908d5cbb f29bb93688 fc1a8eed0f fdc95a11bb
    """.split()  # noqa: SIM905
)
_ACTS = frozenset(
    """
    04f1c99bfd 0b6cb579d4 0ec4477669 102121d813 16b73038ab 1fd19dbe97 2598c34e91 2fdc23da2d 43e2947cf6
    469c50fb76 4c93f991a6 55724aa851 61110f751a 69499625cf 76d35cc7e9 786e887cbd 7952f01e11 800233ae59
    812e5eb7ec 8f34ae745c 9333d9dcca 9ea0b1a0fa a348e2ca51 a50e9d3e58 bdec9c4ca7 bf55448c4a cbbfcc38a0
    d9102a7e4a dde956d88e f0a3c5794c fb7048cbbf fd690af01c
    """.split()  # noqa: SIM905
)


def fingerprint(word: str) -> str:
    """The hash of a lower-case word: ten hexadecimal digits of BLAKE2s."""
    return hashlib.blake2s(word.encode(), digest_size=5, person=b"warmline").hexdigest()


@lru_cache(maxsize=8192)
def covered(word: str) -> str:
    """The word itself, or the token that stands for its kind. An act counts as an act where it could be both."""
    mark = fingerprint(word)
    if mark in _ACTS:
        return ACT
    return THING if mark in _THINGS else word


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(fingerprint(argument.lower()))
