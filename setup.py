"""Maps the five top-level folders into the one namespace package ``warmline``.

The names ``server`` and ``tts`` never land in site-packages by themselves.
"""

from setuptools import find_packages, setup

ROOMS = ("speech", "emotion", "dialogue", "tts", "server")

setup(
    package_dir={f"warmline.{room}": room for room in ROOMS},
    packages=[
        f"warmline.{package}" for room in ROOMS for package in (room, *(f"{room}.{sub}" for sub in find_packages(room)))
    ],
)
