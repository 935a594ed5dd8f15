"""Another people's tus client (tuspy) sends a file: the first part, then, as a new client that only knows the address, the rest.

Use: tus_upload.py URL TOKEN FILE STOP-AT
"""
import hashlib
import pathlib
import sys

from tusclient import client


def main():
    url, token, name, stop_at = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), int(sys.argv[4])
    tus = client.TusClient(url, headers={"Authorization": f"Bearer {token}"})
    metadata = {"filename": "ktp.jpg", "sha256": hashlib.sha256(name.read_bytes()).hexdigest()}
    first = tus.uploader(str(name), chunk_size=stop_at, metadata=metadata, upload_checksum=True)
    first.upload_chunk()
    print(f"sent {first.offset} as {first.url}")
    again = tus.uploader(str(name), url=first.url, chunk_size=20_000, upload_checksum=True)
    if again.get_offset() != stop_at:
        sys.exit(f"the server says {again.get_offset()}, not {stop_at}")
    again.upload()
    if again.get_offset() != name.stat().st_size:
        sys.exit(f"the server says {again.get_offset()} in the end")
    print(f"sent {again.get_offset()} of {name.stat().st_size}")


main()
