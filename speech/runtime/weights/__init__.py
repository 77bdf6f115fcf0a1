"""Weights by name: ``locate(name)`` gives files on disk that are exactly the pinned bytes, or says how to get them."""

from warmline.speech.runtime.weights.cache import configure
from warmline.speech.runtime.weights.check import Checked, folder_in_use, verify
from warmline.speech.runtime.weights.download import Fetched, fetch
from warmline.speech.runtime.weights.resolve import WeightFiles, locate
from warmline.speech.runtime.weights.table import TABLE, File, Model, model, models

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
    "models",
    "verify",
]
