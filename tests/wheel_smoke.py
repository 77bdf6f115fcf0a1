"""Builds the sdist, builds the wheel from the sdist, installs it in a bare environment with nothing but what it
declares, and imports every module there.

Run by ``make wheel``; not a pytest module, because it makes an environment of its own.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

EXTRAS = ("torch", "transformers", "peft", "onnx", "sklearn", "safetensors", "gguf")
OPTIONAL = {"warmline.server.transport.realtime.webrtc": "aiortc", "warmline.server.cluster.deployments": "ray"}
"""Modules that are imported only where their extra is installed, because they extend its classes."""

ROOMS = ("speech", "emotion", "dialogue", "tts", "server")

IMPORT_ALL = """
import importlib, pkgutil, sys
failed = []
count = 0
for room in {rooms!r}:
    package = importlib.import_module(f"warmline.{{room}}")
    assert "site-packages" in package.__file__, package.__file__
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        try:
            importlib.import_module(found.name)
        except ModuleNotFoundError as error:
            # Recipes in torch are for the training extras; everything else must import in a bare environment.
            gone = (error.name or "").split(".")[0]
            recipe = ".training." in found.name and gone in {extras!r}
            if not recipe and {optional!r}.get(found.name) != gone:
                raise
        count += 1
for name in ("server", "tts", "speech", "emotion", "dialogue"):
    assert importlib.util.find_spec(name) is None, f"{{name}} landed in site-packages by itself"
print(f"{{count}} modules imported")
"""


def main() -> int:
    """Exit status 0 when the wheel is whole."""
    root = Path(__file__).resolve().parent.parent
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        run(sys.executable, "-m", "build", "--sdist", "--outdir", folder, str(root))
        (sdist,) = out.glob("*.tar.gz")
        run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, str(sdist))
        (wheel,) = out.glob("*.whl")
        check_contents(wheel)
        bare = out / "bare"
        run(sys.executable, "-m", "venv", str(bare))
        run(str(bare / "bin" / "python"), "-m", "pip", "install", "--quiet", str(wheel))
        every = IMPORT_ALL.format(rooms=ROOMS, extras=EXTRAS, optional=OPTIONAL)
        run(str(bare / "bin" / "python"), "-c", every, cwd=folder)
        run(str(bare / "bin" / "warmline"), "--version", cwd=folder)
    return 0


def check_contents(wheel: Path) -> None:
    """Package data that is needed at run time is in the wheel, and nothing else is at its top."""
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"warmline"}, f"top-level names in the wheel: {sorted(tops)}"
    tracked = subprocess.run(
        ["git", "ls-files", *ROOMS], capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent
    ).stdout.split()
    missing = [name for name in tracked if f"warmline/{name}" not in names]
    assert not missing, f"tracked files that the wheel lacks: {missing[:10]}"
    print(f"{len(names)} files in the wheel")


def run(*command: str, cwd: str | None = None) -> None:
    subprocess.run(command, check=True, cwd=cwd)


if __name__ == "__main__":
    sys.exit(main())
