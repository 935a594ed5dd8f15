# Reads the committed receipt token with other people's libraries (cbor2, pycose): others can verify what we sign.
#
#   python3 tests/python/receipt_token.py crypto/tests/vectors/receipt_token.txt
import base64
import sys

import cbor2
from pycose.algorithms import EdDSA
from pycose.headers import Algorithm
from pycose.keys import OKPKey
from pycose.keys.curves import Ed25519
from pycose.messages import Sign1Message

CERTIFICATE, NUMBER = -70100, -70001


def read(encoded: bytes) -> Sign1Message:
    """Ours are written without COSE_Sign1's CBOR tag (RFC 9052, 4.2 allows it): one byte less in the QR."""
    return Sign1Message.from_cose_obj(list(cbor2.loads(encoded)), True)


def checked(encoded: bytes, public: bytes) -> tuple[Sign1Message, dict]:
    """The message and its claims; ends the program when the signature does not hold."""
    message = read(encoded)
    message.key = OKPKey(crv=Ed25519, x=public)
    if message.phdr.get(Algorithm) is not EdDSA or not message.verify_signature():
        sys.exit("the signature does not hold")
    return message, cbor2.loads(message.payload)


def main() -> None:
    district, text = open(sys.argv[1], encoding="ascii").read().split()
    token = base64.b32decode(text + "=" * (-len(text) % 8))
    certificate = read(token).uhdr[CERTIFICATE]
    _, device = checked(certificate, bytes.fromhex(district))
    _, receipt = checked(token, device[8][1][-2])
    if receipt[NUMBER] != "K7F-0417-N" or not device[5] <= receipt[6] <= device[4]:
        sys.exit("the claims are not those of the vector")
    changed = bytearray(token)
    changed[-1] ^= 1
    message = read(bytes(changed))
    message.key = OKPKey(crv=Ed25519, x=device[8][1][-2])
    if message.verify_signature():
        sys.exit("a changed token was believed")
    print("1 passed, 0 failed")


main()
