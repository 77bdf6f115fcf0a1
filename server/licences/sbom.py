"""The components as a CycloneDX 1.6 document (ECMA-424), through the standard's own library (extra ``sbom``)."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from warmline.server.licences.component import Component
from warmline.speech.runtime.errors import MissingExtra


def document(components: Sequence[Component]) -> str:
    """JSON, the same for the same components but for its serial number and time. Raises MissingExtra."""
    try:
        from cyclonedx.model import HashAlgorithm, HashType, Property
        from cyclonedx.model.bom import Bom
        from cyclonedx.model.component import Component as Part
        from cyclonedx.model.component import ComponentType
        from cyclonedx.model.license import DisjunctiveLicense
        from cyclonedx.output.json import JsonV1Dot6
        from packageurl import PackageURL
    except ModuleNotFoundError as error:
        raise MissingExtra("an SBOM needs the CycloneDX library: pip install 'warmline[sbom]'") from error
    bom = Bom()
    whole = Part(name="warmline", version=version("warmline"), type=ComponentType.APPLICATION, bom_ref="warmline")
    bom.metadata.component = whole
    for one in components:
        library = one.kind == "library"
        bom.components.add(
            Part(
                name=one.name,
                version=one.version,
                type=ComponentType.LIBRARY if library else ComponentType.MACHINE_LEARNING_MODEL,
                purl=PackageURL.from_string(one.source) if one.source.startswith("pkg:") else None,
                bom_ref=f"{one.kind}:{one.source}:{one.name}",
                licenses=[DisjunctiveLicense(name=one.licence)],
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one.sha256)] if one.sha256 else [],
                properties=[Property(name="warmline:kind", value=one.kind)],
            )
        )
    bom.register_dependency(whole, bom.components)
    return JsonV1Dot6(bom).output_as_string(indent=1)
