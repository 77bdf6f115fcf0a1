"""Who speaks: voiceprints, whether a voice is the caller's, and who spoke when in a recording."""
