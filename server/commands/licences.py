"""What Warmline is made of and under which licences: libraries, fetched weights, weights of ours.

  warmline licences                     a table; what deserves a look is marked
  warmline licences --sbom warmline.cdx.json
                                        a CycloneDX 1.6 document, for your own tools (extra sbom)
  warmline licences --check             exit status 3 if a library is copyleft or states no licence
  warmline licences --json

Licences are repeated as the packages state them, and GPL libraries that a wheel holds are told; no legal advice. Lists
what is installed here, extras included.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from warmline.server import report
from warmline.server.licences.component import Component
from warmline.server.licences.libraries import libraries
from warmline.server.licences.models import fetched, own
from warmline.speech.runtime.errors import StorageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sbom", type=Path, metavar="FILE", help="write a CycloneDX document there")
    parser.add_argument("--check", action="store_true", help="exit status 3 where a library deserves a look")
    parser.add_argument("--dev", action="store_true", help="what only developers need, too")
    parser.add_argument("--json", action="store_true", help="print exactly one JSON object")


def run(args: argparse.Namespace) -> int:
    components = (*libraries(development=args.dev), *fetched(), *own())
    if args.sbom is not None:
        _write(args.sbom, components)
    rows = [
        {"name": one.name, "version": one.version, "kind": one.kind, "licence": one.licence}
        | {"source": one.source, "sha256": one.sha256, "look_at": one.concerns}
        for one in components
    ]
    report.emit({"components": rows}, len(rows), table(components), as_json=args.json)
    odd = [one for one in components if one.kind == "library" and one.concerns]
    return 3 if args.check and odd else 0


def _write(path: Path, components: tuple[Component, ...]) -> None:
    from warmline.server.licences.sbom import document

    try:
        path.write_text(document(components), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror}") from error
    report.progress(f"wrote {path}: {len(components)} components")


def table(components: tuple[Component, ...]) -> str:
    """For people: by kind, with what deserves a look marked, and a count."""
    lines = []
    for kind in ("library", "fetched weights", "own weights"):
        lines.append(kind)
        for one in components:
            if one.kind == kind:
                mark = f"   <- {one.concerns}" if one.concerns else ""
                lines.append(f"  {one.name:<28}{one.version:<16}{one.licence}{mark}")
    counts = Counter(one.concerns for one in components if one.concerns)
    told = "; ".join(f"{count} {what}" for what, count in sorted(counts.items()))
    return "\n".join([*lines, "", f"{len(components)} components. {told or 'Nothing deserves a look'}."])
