"""Closing and opening what the store keeps of people: JSON through Fernet (AES-128-CBC with HMAC-SHA256; cryptography).

``store.key`` may name several keys with commas between: the first closes, all of them open, so keys can be changed.
It does not hide how much is kept, nor when.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from warmline.speech.runtime.errors import SettingsError, StorageError

CHECK: Final = {"warmline": "store"}

HOW = "make one with: warmline memory key"


class Seal:
    """``keys``: Fernet keys with commas between; "" leaves all as plain JSON. Raises SettingsError for bad keys."""

    def __init__(self, keys: str = "") -> None:
        named = [key.strip() for key in keys.split(",") if key.strip()]
        try:
            self._fernet = MultiFernet([Fernet(key) for key in named]) if named else None
        except ValueError as error:
            raise SettingsError(f"store.key is no key: {HOW}") from error

    @property
    def closes(self) -> bool:
        """Does it encrypt?"""
        return self._fernet is not None

    def close(self, value: Mapping[str, object]) -> bytes:
        """A JSON object as bytes. Raises TypeError for what JSON does not know."""
        data = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        return data if self._fernet is None else self._fernet.encrypt(data)

    def open(self, data: bytes) -> dict[str, object]:
        """What was closed. Raises StorageError where the key does not fit or the bytes are damaged."""
        try:
            plain = data if data[:1] == b"{" or self._fernet is None else self._fernet.decrypt(data)
            value = json.loads(plain)
        except InvalidToken as error:
            raise StorageError("an entry of the store does not open with this store.key, or is damaged") from error
        except ValueError as error:
            raise StorageError("an entry of the store is sealed or damaged: is store.key set?") from error
        if not isinstance(value, dict):
            raise StorageError("an entry of the store is damaged")
        return value


def new_key() -> str:
    """A fresh random key."""
    return Fernet.generate_key().decode()
