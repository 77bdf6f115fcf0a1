"""What an utterance does: its support strategy, its code in motivational interviewing."""
