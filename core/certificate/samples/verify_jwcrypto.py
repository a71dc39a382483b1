#!/usr/bin/env python3
"""verify.py with the cryptography of jwcrypto, and its command line.

jwcrypto 1.1, which Debian 12 has, knows the algorithm by its former name: EdDSA (RFC 8037), not Ed25519 (RFC 9864). The header of a
certificate says Ed25519 and is signed, so it must not be rewritten. Instead jwcrypto is told that this name is the same algorithm.
Set the JWK's alg aside, too: a key set may say Ed25519.
"""
import sys

from jwcrypto import jwa, jwe, jwk, jws
from jwcrypto.common import JWException

import verify


class Ed25519(jwa.JWA.algorithms_registry["EdDSA"]):
    """EdDSA under its name of RFC 9864."""

    name = "Ed25519"


jwa.JWA.algorithms_registry.setdefault("Ed25519", Ed25519)


def is_signed(key, signing_input, signature):
    token = jws.JWS()
    token.allowed_algs = ["Ed25519"]
    try:
        token.deserialize(f"{signing_input.decode()}.{verify.to_base64url(signature)}")
        token.verify(jwk.JWK(kty="OKP", crv="Ed25519", x=verify.to_base64url(key)))
        return True
    except JWException:
        return False


def decrypted(key, sealed):
    token = jwe.JWE(algs=["dir", "A256GCM"])
    try:
        token.deserialize(sealed, jwk.JWK(kty="oct", k=verify.to_base64url(key)))
        return token.payload
    except JWException:
        return None


verify.is_signed = is_signed
verify.decrypted = decrypted

if __name__ == "__main__":
    sys.exit(verify.main())
