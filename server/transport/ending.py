"""Why a call over a socket ended."""

from __future__ import annotations

from enum import Enum


class Ending(Enum):
    """Why a call, or its connection, ended: the WebSocket's close code, the reason for programs, and words for people.
    Those that :attr:`keeps` lose the connection alone: the call can be taken up again."""

    HUNG_UP = 1000, "hung_up", "The call has ended."
    HANDED_ON = 1000, "handed_on", ""
    VANISHED = 1001, "vanished", ""
    NO_START = 1008, "no_start", "No call was started in time. Please reload the page and try again."
    NO_AUDIO = 1008, "no_audio", "No sound has come from your microphone for a while, so the call has ended."
    TOO_MANY_ERRORS = 1008, "too_many_errors", "Too many messages could not be used, so the call has ended."
    FLOODED = 1008, "too_many_messages", "Too many messages came at once, so the call has ended."
    SLOW = 1008, "slow_client", "The connection is too slow for a call."
    REPLACED = 4001, "replaced", "This call goes on over another connection."
    STOPPING = 1012, "stopping", "The service is restarting, so the call has ended. Please call again in a few minutes."
    BUSY = 1013, "busy", "All lines are busy just now. Please try again in a few minutes."
    FAILED = 1011, "failed", "Something went wrong on our side and the call has ended. I'm sorry. Please call again."

    def __init__(self, code: int, reason: str, message: str) -> None:
        self.code = code
        self.reason = reason
        self.message = message

    @property
    def keeps(self) -> bool:
        """Is this what a bad network looks like, and not a wish to end the call?"""
        return self in (Ending.VANISHED, Ending.NO_AUDIO, Ending.SLOW)
