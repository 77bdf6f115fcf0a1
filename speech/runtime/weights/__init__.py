"""Weights by name: ``locate(name)`` gives files on disk that are exactly the pinned bytes, or says how to get them."""

from warmline.speech.runtime.weights.cache import configure
from warmline.speech.runtime.weights.fetch import Fetched, fetch
from warmline.speech.runtime.weights.resolve import WeightFiles, locate
from warmline.speech.runtime.weights.table import TABLE, File, Model, model
from warmline.speech.runtime.weights.verify import Checked, folder_in_use, verify

__all__ = [
    "TABLE",
    "Checked",
    "Fetched",
    "File",
    "Model",
    "WeightFiles",
    "configure",
    "fetch",
    "folder_in_use",
    "locate",
    "model",
    "verify",
]
