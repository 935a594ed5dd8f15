"""How schemathesis writes the bodies that have a media type of their own: as bytes, whatever they are."""

import schemathesis

RAW = [
    "application/vnd.jukung-sync+ndjson;v=1",
    "application/vnd.jukung-bundle;v=1",
    "application/offset+octet-stream",
    "application/pdf",
]


def raw(context, value):
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if isinstance(value, list):
        return bytes(byte % 256 for byte in value if isinstance(byte, int))
    return str(value).encode()


for media in RAW:
    schemathesis.serializer(media)(raw)
