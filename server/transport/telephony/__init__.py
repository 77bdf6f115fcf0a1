"""Telephones: media streams of Twilio, Telnyx and Plivo over a WebSocket, and Asterisk's AudioSocket over TCP.

``dialects`` is what the three providers' streams say, ``signatures`` proves that a webhook is theirs, ``answers`` is
the XML that connects a call to a stream, ``tickets`` lets only such a call open one, ``webhooks`` are the routes.
``audiosocket`` is Asterisk's framing and ``switchboard`` its server. ``phone`` is a call whatever carries it,
``stream_line`` one that a WebSocket carries.
"""
