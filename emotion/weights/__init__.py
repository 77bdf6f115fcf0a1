"""Trained weights with their card and checksums; a package so that they install with the wheel."""
