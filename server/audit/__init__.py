"""The record of safety decisions: a chain of hashes, without words and without voices."""
