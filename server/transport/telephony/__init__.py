"""Telephones: streams of Twilio, Telnyx, Plivo and Asterisk over a WebSocket, and Asterisk's AudioSocket over TCP.

``dialects`` is what the three providers' streams say, ``asterisk`` what Asterisk's channel says; ``signatures`` proves
that a webhook is a provider's, ``answers`` is the XML that connects, moves or ends a call, ``tickets`` lets only an
announced call open a stream, ``webhooks`` and ``exchange`` are the routes. ``audiosocket`` is the framing over TCP and
``switchboard`` its server. ``phone`` is a call whatever carries it, ``leg`` what it needs of a connection, ``phones``
the calls that can be moved; ``stream_line`` is a leg over a WebSocket. ``spoken`` encodes our voice, ``marked_playout``
counts what the line says it has played.
"""
