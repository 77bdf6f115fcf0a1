"""The turn bench: scenes made from any speech, run through the real path on virtual time, and scored."""
