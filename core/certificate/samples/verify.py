#!/usr/bin/env python3
"""Verifies certificates, license files and beacons as FORMAT.md says. Needs the package `cryptography` and nothing else.

usage: verify.py certificate|file|beacon TEXT --trust FILE [--license ID] [--issuer NAME] [--audience NAME]
                 [--now SECONDS] [--fingerprint TEXT]
       verify.py --vectors FOLDER

TEXT is a file, FILE holds {"jwks": …, "deniedKids": […], "applicationSecrets": […]}. Prints `accepted` and what the license
permits, or the reason of the refusal; the exit code is 0 only if the license may be used.
"""
import argparse
import base64
import hashlib
import html
import json
import math
import re
import sys
import time
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

HEADERS = {
    "certificate": [{"alg": "Ed25519", "typ": "license+jwt", "cty": "JWE"}],
    "file": [{"alg": "Ed25519", "typ": "license-file+jwt"}, {"alg": "Ed25519", "typ": "machine-file+jwt"}],
    "beacon": [{"alg": "Ed25519", "typ": "license-beacon+jwt"}],
}
CHARACTERS_MAX = {"certificate": 8192, "file": 8192, "beacon": 65536}
SKEW_SECONDS = 60
SAFE = 2**53 - 1
YEAR_9999 = 253402300799


class Refused(Exception):
    """The reason is one of the words in FORMAT.md."""


def refuse(reason):
    raise Refused(reason)


# --- the envelope ---


def from_base64url(text):
    """The bytes of canonical base64url; None if another text would decode to the same bytes."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", text) or len(text) % 4 == 1:
        return None
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return data if to_base64url(data) == text else None


def to_base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def header_of(segment):
    """The members of a header that is spelled in the one way that JSON.stringify spells it; else none."""
    try:
        text = from_base64url(segment).decode("ascii")
        members = json.loads(text, object_pairs_hook=lambda pairs: dict(pairs) if len(dict(pairs)) == len(pairs) else None)
        return members if json.dumps(members, separators=(",", ":")) == text else {}
    except ValueError:
        return {}


def keys_of(jwks):
    """The Ed25519 keys of a JWK Set by kid. Its `alg` may be Ed25519, EdDSA or absent. A kid is the key's RFC 7638 thumbprint."""
    keys = {}
    for jwk in jwks["keys"]:
        if jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519" or jwk.get("alg", "Ed25519") not in ("Ed25519", "EdDSA"):
            continue
        thumbprint = to_base64url(hashlib.sha256(b'{"crv":"Ed25519","kty":"OKP","x":"%s"}' % jwk["x"].encode()).digest())
        if jwk.get("kid", thumbprint) == thumbprint:
            keys[thumbprint] = from_base64url(jwk["x"])
    return keys


def is_signed(key, signing_input, signature):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, signing_input)
        return True
    except InvalidSignature:
        return False


def signed_payload(kind, text, trust):
    """The payload of a good signature, and the type of its header."""
    if not 0 < len(text) <= CHARACTERS_MAX[kind]:
        refuse("size")
    segments = text.split(".")
    if len(segments) != 3 or None in map(from_base64url, segments) or len(segments[2]) != 86:
        refuse("shape")
    header = header_of(segments[0]) or {}
    kid = header.get("kid")
    known = [expected for expected in HEADERS[kind] if header == {**expected, "kid": kid}]
    if not known or not isinstance(kid, str) or not re.fullmatch(r"[A-Za-z0-9_-]{43}", kid):
        refuse("header")
    if kid in trust["deniedKids"]:
        refuse("key-denied")
    keys = keys_of(trust["jwks"])
    if kid not in keys:
        refuse("key-unknown")
    if not is_signed(keys[kid], ".".join(segments[:2]).encode(), from_base64url(segments[2])):
        refuse("signature")
    return from_base64url(segments[1]), known[0]["typ"]


# --- the seal of a certificate ---


def hkdf(secret, info, length):
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info.encode()).derive(secret)


def secrets_of(texts):
    """Application secrets by id. Each is 32 bytes in hex here."""
    secrets = [bytes.fromhex(text) for text in texts]
    return {to_base64url(hkdf(secret, "licensing/secret-id/v1", 8)): secret for secret in secrets}


def decrypted(key, sealed):
    header, _, iv, ciphertext, tag = sealed.split(".")
    try:
        return AESGCM(key).decrypt(from_base64url(iv), from_base64url(ciphertext) + from_base64url(tag), header.encode())
    except InvalidTag:
        return None


def opened(payload, license_id, trust):
    """The claims' text inside a compact JWE with direct encryption (RFC 7516)."""
    try:
        sealed = payload.decode("ascii")
    except ValueError:
        refuse("payload")
    segments = sealed.split(".")
    if len(segments) != 5 or segments[1] != "" or len(segments[2]) != 16 or len(segments[4]) != 22:
        refuse("payload")
    if None in (from_base64url(segments[index]) for index in (0, 2, 3, 4)):
        refuse("payload")
    header = header_of(segments[0]) or {}
    kid = header.get("kid")
    if header != {"alg": "dir", "enc": "A256GCM", "kid": kid} or not re.fullmatch(r"[A-Za-z0-9_-]{11}", str(kid)):
        refuse("payload")
    secret = secrets_of(trust["applicationSecrets"]).get(kid)
    if secret is None:
        refuse("secret-unknown")
    plaintext = decrypted(hkdf(secret, f"licensing/certificate/v1/{license_id}", 32), sealed)
    return plaintext if plaintext is not None else refuse("decrypt")


# --- the armour of a file ---


def letters_of(text):
    """Undoes what mail, editors, shells and forms do to a text, and keeps its letters and digits."""
    symbol = lambda code: chr(code) if code < 128 else " "
    for _ in range(3):
        text = re.sub("[\uff01-\uff5e]", lambda found: chr(ord(found[0]) - 0xFEE0), text)
        text = re.sub(r"[=%]([0-9A-Fa-f]{2})", lambda found: symbol(int(found[1], 16)), text)
        text = re.sub(r"\\+(?:u|x|')([0-9A-Fa-f]{4}|[0-9A-Fa-f]{2})", lambda found: symbol(int(found[1], 16)), text)
        text = re.sub(r"\\+(?:pard?|line|[abefnrtv0])", "\n", text)
        text = re.sub(r"<[/!]?[A-Za-z][^<>]{0,200}>", "\n", html.unescape(text))
    return re.sub(r"[^A-Za-z0-9]", "", text)


def content_of(text):
    if not 0 < len(text) <= 131072:
        refuse("size")
    found = set()
    for before in letters_of(text).split("ENDLICENSE")[:-1]:
        body = before.split("BEGINLICENSE")[-1] if "BEGINLICENSE" in before else ""
        if len(body) % 4 == 1:
            continue
        content = base64.b64decode(body + "=" * (-len(body) % 4))
        spelled = base64.b64encode(content).rstrip(b"=").decode()
        if spelled == body and re.fullmatch(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", content):
            found.add(content.decode("ascii"))
    return found.pop() if len(found) == 1 else refuse("armour")


# --- the claims ---


def is_whole(value, least):
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= SAFE


def is_date(value):
    return is_whole(value, 0) and value <= YEAR_9999


def is_text(value, most):
    return isinstance(value, str) and 0 < len(value.encode("utf-16-le")) // 2 <= most


def is_match(value, pattern):
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def is_instant(value):
    return value is None or is_match(value, r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3])(:[0-5]\d){2}\.\d{3}Z")


def is_packed(value):
    data = from_base64url(value) if isinstance(value, str) and value else (b"" if value == "" else None)
    return data is not None and len(data) % 8 == 0 and len(data) <= 2400


def is_feature(value):
    if isinstance(value, str):
        return len(value) <= 1024
    return value is True or (isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value))


def are_registered(claims):
    return isinstance(claims, dict) and all(is_text(claims.get(name), 512) for name in ("iss", "aud")) and all(
        is_date(claims.get(name)) for name in ("iat", "exp"))


def are_claims(claims, typ):
    if not are_registered(claims) or not is_match(claims.get("sub"), r"[1-9][0-9]{0,18}") or not is_text(claims.get("jti"), 64):
        return False
    fingerprint = claims.get("fingerprint")
    if ("fingerprint" in claims or typ == "machine-file+jwt") and not (is_packed(fingerprint) and len(fingerprint) == 11):
        return False
    of = claims.get("license")
    if not isinstance(of, dict):
        return False
    holder, features, limit, seats = of.get("holder"), of.get("features"), of.get("activationLimit", ""), of.get("seats")
    packed = "seatDigests" in of or "seatDigestsTruncated" in of
    return (
        is_whole(of.get("sequence"), 1)
        and of.get("status") in ("ACTIVATED", "SUSPENDED", "EXPIRED", "REVOKED")
        and is_text(of.get("policy"), 63)
        and isinstance(holder, dict) and is_text(holder.get("type"), 512) and is_text(holder.get("id"), 512)
        and isinstance(features, dict) and len(features) <= 256 and all(map(is_feature, features.values()))
        and (limit is None or is_whole(limit, 0))
        and isinstance(of.get("fingerprintRequired"), bool)
        and isinstance(seats, list) and len(seats) <= 100 and all(is_match(seat, r"[A-Za-z0-9_-]{22}") and from_base64url(seat) for seat in seats)
        and isinstance(of.get("seatsTruncated"), bool)
        and (not packed or (is_packed(of.get("seatDigests")) and isinstance(of.get("seatDigestsTruncated"), bool)))
        and all(is_instant(of.get(name, "")) for name in ("startsAt", "expiresAt", "graceUntil"))
        and ("maintenanceUntil" not in of or is_instant(of["maintenanceUntil"]))
        and is_match(of.get("lastEventHash"), r"[0-9a-f]{64}")
    )


def is_beacon(claims):
    return (
        are_registered(claims)
        and all(is_date(claims.get(name)) and claims[name] <= claims["iat"] for name in ("asOf", "floorsSince"))
        and isinstance(claims.get("complete"), bool)
        and isinstance(claims.get("floors"), dict)
        and all(is_match(id, r"[1-9][0-9]{0,18}") and is_whole(floor, 1) for id, floor in claims["floors"].items())
        and isinstance(claims.get("secrets"), list) and len(claims["secrets"]) <= 16
        and all(is_match(id, r"[A-Za-z0-9_-]{11}") for id in claims["secrets"])
        and is_whole(claims.get("ring"), 0)
    )


def verify(kind, text, asked, trust):
    """The claims of a text that may be believed. Raises Refused. `asked`: licenseId, issuer, audience, now, sequenceFloor, iatFloor."""
    payload, typ = signed_payload(kind, content_of(text) if kind == "file" else text, trust)
    if kind == "certificate":
        payload = opened(payload, asked["licenseId"], trust)
    try:
        plain = payload.decode("utf-8")
    except ValueError:
        refuse("decrypt" if kind == "certificate" else "payload")
    try:
        claims = json.loads(plain, parse_constant=lambda _name: refuse("claims"))
    except ValueError:
        refuse("claims")
    if not (is_beacon(claims) if kind == "beacon" else are_claims(claims, typ)):
        refuse("claims")
    if kind != "beacon" and claims["sub"] != asked["licenseId"]:
        refuse("subject")
    for name, claim in (("issuer", "iss"), ("audience", "aud")):
        if name in asked and asked[name] != claims[claim]:
            refuse(name)
    if claims["iat"] > asked["now"] + SKEW_SECONDS:
        refuse("issued-in-future")
    if asked["now"] >= claims["exp"]:
        refuse("expired")
    if kind == "beacon":
        rolled_back = claims["iat"] < asked.get("iatFloor", 0)
    else:
        rolled_back = claims["license"]["sequence"] < asked.get("sequenceFloor", 0)
    return refuse("rollback") if rolled_back else claims


# --- what the license permits ---


def milliseconds(instant):
    """Whole milliseconds, so that no fraction is rounded."""
    at = datetime.fromisoformat(instant.replace("Z", "+00:00"))
    return round(at.timestamp()) * 1000 if at.microsecond == 0 else int(at.replace(microsecond=0).timestamp()) * 1000 + at.microsecond // 1000


def seat_of(claims, fingerprint):
    """held, none, unlisted or not-asked"""
    if fingerprint is None:
        return "not-asked"
    digest = hashlib.sha256(f"{claims['sub']}:{fingerprint}".encode()).digest()[:8]
    if "fingerprint" in claims:
        return "held" if to_base64url(digest) == claims["fingerprint"] else "none"
    of = claims["license"]
    if "seatDigests" in of:
        packed = from_base64url(of["seatDigests"]) or b""
        listed, truncated = [packed[at:at + 8] for at in range(0, len(packed), 8)], of["seatDigestsTruncated"]
    else:
        listed, truncated = [from_base64url(seat)[:8] for seat in of["seats"]], of["seatsTruncated"]
    return "held" if digest in listed else "unlisted" if truncated else "none"


def answer_of(claims, now_ms, fingerprint=None, features=(), released_at=None):
    """VALID or GRACE permit; with SEATS_NOT_LISTED only the service can tell; everything else denies."""
    of = claims["license"]
    past = lambda name: of.get(name) is not None and now_ms >= milliseconds(of[name])
    seat = seat_of(claims, fingerprint)
    if of["status"] in ("REVOKED", "SUSPENDED"):
        return of["status"]
    if of["startsAt"] is not None and not past("startsAt"):
        return "NOT_STARTED"
    if past("graceUntil"):
        return "EXPIRED"
    if seat == "not-asked" and (of["fingerprintRequired"] or "fingerprint" in claims):
        return "FINGERPRINT_REQUIRED"
    if released_at is not None and of.get("maintenanceUntil") is not None and milliseconds(released_at) > milliseconds(of["maintenanceUntil"]):
        return "MAINTENANCE_ENDED"
    if any(code not in of["features"] for code in features):
        return "FEATURES_MISSING"
    if seat == "none":
        return "NOT_ACTIVATED"
    if seat == "unlisted":
        return "SEATS_NOT_LISTED"
    return "GRACE" if past("expiresAt") else "VALID"


# --- the command ---


def run_vectors(folder):
    """Prints a line for each vector and each use, and returns whether all are as they should be."""
    trust = json.loads((folder / "trust.json").read_text("utf-8"))
    wrong = 0
    for name, kind in (("certificates", "certificate"), ("license-files", "file"), ("machine-files", "file"), ("beacons", "beacon")):
        for vector in json.loads((folder / f"{name}.json").read_text("utf-8")):
            try:
                claims, verdict = verify(kind, vector["text"], vector["asked"], trust), "accepted"
            except Refused as refused:
                verdict = str(refused)
            print(f"{name}\t{vector['name']}\t{verdict}")
            wrong += verdict != vector["verdict"]
            for use in vector.get("uses", []):
                now_ms = use.get("nowMs", vector["asked"]["now"] * 1000)
                answer = answer_of(claims, now_ms, use.get("fingerprint"), use.get("features", ()), use.get("releasedAt"))
                print(f"{name}\t{vector['name']}\t{answer}")
                wrong += answer != use["answer"]
    return wrong == 0


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("kind", nargs="?", choices=HEADERS)
    parser.add_argument("text", nargs="?", type=Path)
    parser.add_argument("--trust", type=Path)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--license", default="")
    parser.add_argument("--issuer")
    parser.add_argument("--audience")
    parser.add_argument("--now", type=int, default=int(time.time()))
    parser.add_argument("--fingerprint")
    given = parser.parse_args()
    if given.vectors:
        return 0 if run_vectors(given.vectors) else 1
    if given.text is None or given.trust is None:
        parser.error("TEXT and --trust are needed")
    names = {"licenseId": given.license, "issuer": given.issuer, "audience": given.audience, "now": given.now}
    text = given.text.read_bytes().decode("utf-8", "replace")
    try:
        claims = verify(given.kind, text if given.kind == "file" else text.strip(), {name: value for name, value in names.items() if value is not None}, json.loads(given.trust.read_text("utf-8")))
    except Refused as refused:
        print(f"refused: {refused}")
        return 1
    answer = "accepted" if given.kind == "beacon" else answer_of(claims, given.now * 1000, given.fingerprint)
    print(answer)
    return 0 if answer in ("accepted", "VALID", "GRACE") else 1


if __name__ == "__main__":
    sys.exit(main())
