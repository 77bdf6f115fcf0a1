"""After the call: its report as data, and as text, captions, a picture and a document."""
