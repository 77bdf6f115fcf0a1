"""What is heard between and around the words. Each detector with its figure: docs/events.md."""

from warmline.emotion.events.pauses import filled_pauses, long_pauses

__all__ = ["filled_pauses", "long_pauses"]
