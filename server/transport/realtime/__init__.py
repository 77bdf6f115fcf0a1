"""OpenAI's Realtime protocol (GA) over a WebSocket, so that clients people already have can call.

``messages`` is what a client may say, ``session`` what it may set, ``narrator`` how a call is told in the protocol's
events, ``beta`` the older names, ``line`` the connection. Warmline takes turns itself and
is who it is: instructions, tools and turn detection of a client are accepted and not followed, which
``session.created`` says (``x_warmline.ignored``). Ours, namespaced: ``x_warmline.*`` events and fields.

Source: the protocol's own client, openai-python 3.57, whose types the tests read our events with.
"""
