"""Recognition: audio to words, and the encoder's view of the audio."""
