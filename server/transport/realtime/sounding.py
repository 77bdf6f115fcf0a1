"""When our voice begins and stops to sound, as the Realtime protocol tells it where a track carries the voice."""

from __future__ import annotations

Event = dict[str, object]


class Sounding:
    """Which response is sounding. :meth:`look` now and then, :meth:`cut` when the reply is; each gives the events to
    send, in order. A response that follows at once on another is told as one that began, however seldom one looks."""

    def __init__(self) -> None:
        self._response = ""

    def look(self, speaking: bool, responding: str) -> list[Event]:
        """``speaking``: does a reply sound now? ``responding``: the name of the running response, or ""."""
        told = []
        if self._response and (not speaking or responding not in ("", self._response)):
            told.append(self._over("stopped"))
        if speaking and not self._response and responding:
            self._response = responding
            told.append(self._event("started"))
        return told

    def cut(self) -> list[Event]:
        """The reply was cut or taken back."""
        return [self._over("cleared")] if self._response else []

    def _over(self, how: str) -> Event:
        event = self._event(how)
        self._response = ""
        return event

    def _event(self, how: str) -> Event:
        return {"type": f"output_audio_buffer.{how}", "response_id": self._response}
