"""Ways in: files, microphone, sockets."""
