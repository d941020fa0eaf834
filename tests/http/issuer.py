"""An identity provider of a test's own: keys that it can lose, answers that it can owe, and a count of questions."""

from __future__ import annotations

import json
import threading
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from hashlib import sha256
from hmac import digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8))


def public(key: Any, kid: str) -> dict[str, Any]:
    """Return the public half of *key* as a JWK."""
    numbers = key.public_key()
    match key:
        case rsa.RSAPrivateKey():
            n = numbers.public_numbers()
            return {"kty": "RSA", "kid": kid, "use": "sig", "n": number(n.n), "e": number(n.e)}
        case ec.EllipticCurvePrivateKey():
            n = numbers.public_numbers()
            point = {"x": b64(n.x.to_bytes(32)), "y": b64(n.y.to_bytes(32))}
            return {"kty": "EC", "kid": kid, "crv": "P-256"} | point
        case _:
            raw = numbers.public_bytes_raw()
            return {"kty": "OKP", "kid": kid, "crv": "Ed25519", "alg": "EdDSA", "x": b64(raw)}


def signature(alg: str, key: Any, signed: bytes) -> bytes:
    match alg:
        case "RS256":
            return key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        case "PS256":
            salted = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
            return key.sign(signed, salted, hashes.SHA256())
        case "ES256":
            r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32) + s.to_bytes(32)
        case "EdDSA":
            return key.sign(signed)
        case "HS256":
            return digest(key, signed, "sha256")
        case _:
            return b""


def written(
    header: dict[str, Any] | str, claims: dict[str, Any] | str, key: Any, alg: str | None = None
) -> str:
    """Return a token; *header* and *claims* may be text, to say what no dictionary can."""
    parts = [each if isinstance(each, str) else json.dumps(each) for each in (header, claims)]
    signed = ".".join(b64(part.encode()) for part in parts)
    used = alg or (header["alg"] if isinstance(header, dict) else "RS256")
    return f"{signed}.{b64(signature(used, key, signed.encode()))}"


PEM = RSA.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


class Issuer:
    """What the provider publishes, whether it answers, and how often it was asked for what."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.keys = [public(RSA, "rsa"), public(EC, "ec"), public(ED, "ed")]
        self.silent = False
        self.url = ""

    def document(self, path: str) -> dict[str, Any] | None:
        self.asked[path] += 1
        if self.silent:
            return None
        if path == "/keys":
            return {"keys": self.keys}
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/keys",
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
        }

    def kid(self) -> str:
        """Return a name for a key that this issuer never had."""
        return sha256(str(self.asked).encode()).hexdigest()


@contextmanager
def issuing() -> Generator[Issuer]:
    """Run an issuer on a port of this machine."""
    issuer = Issuer()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = issuer.document(self.path)
            self.send_response(503 if found is None else 200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(found).encode())

        def log_message(self, format: str, *args: Any) -> None:
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    issuer.url = f"http://127.0.0.1:{server.server_address[1]}"
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    serving.start()
    yield issuer
    server.shutdown()
    serving.join()
    server.server_close()
