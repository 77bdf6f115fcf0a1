"""What Warmline is made of, and under which licences: libraries, weights of others and of ours; as an SBOM, too."""
