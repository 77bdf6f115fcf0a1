"""Backends that turn an utterance into paralinguistic tags."""
