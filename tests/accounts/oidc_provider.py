"""A small OpenID Connect provider: codes that work once, PKCE, signed tokens, faults to order."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from tests.ports import free_port

CLIENT, SECRET = "profai", "the-client's-secret"
KEY_ID = "one"


class Provider:
    """`person` is who is logged in there; `fault` names what is wrong with its tokens."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.person: dict[str, Any] = {}
        self.fault = ""
        self.ended: list[dict[str, str]] = []
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: dict[str, dict[str, Any]] = {}
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._strange_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def document(self) -> dict[str, Any]:
        return {
            "issuer": f"{self.issuer}/other" if self.fault == "document" else self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/end",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def keys(self) -> dict[str, Any]:
        key = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": KEY_ID, "alg": "RS256", "use": "sig"}]}

    def code_for(self, query: dict[str, str]) -> str:
        assert query["client_id"] == CLIENT
        assert query["response_type"] == "code"
        assert {"openid", "email"} <= set(query["scope"].split())
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        return code

    def exchange(self, form: dict[str, str]) -> dict[str, Any] | None:
        """Tokens for a code, once, for the client that began with it."""
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return None
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (challenge, form["redirect_uri"]) != (asked["code_challenge"], asked["redirect_uri"]):
            return None
        access = secrets.token_urlsafe(16)
        self.tokens[access] = self.person | ({"sub": "nobody"} if self.fault == "person" else {})
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": 300}
        return answer if self.fault == "no token" else answer | {"id_token": self._id_token(asked)}

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": self.person["sub"],
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
        }
        wrong: dict[str, dict[str, Any]] = {
            "nonce": {"nonce": "another"},
            "issuer": {"iss": "https://elsewhere.example"},
            "expired": {"iat": now - 900, "exp": now - 600},
            "audience": {"aud": "another-client"},
        }
        key = self._strange_key if self.fault == "signature" else self._key
        headers = {} if self.fault == "key" else {"kid": KEY_ID}
        signed = claims | wrong.get(self.fault, {})
        return jwt.encode(signed, key, algorithm="RS256", headers=headers)


class Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        match url.path:
            case "/.well-known/openid-configuration":
                self._json(self.provider.document())
            case "/keys":
                self._json(self.provider.keys())
            case "/userinfo":
                token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                found = self.provider.tokens.get(token)
                self._json(found or {}, 200 if found else 401)
            case "/authorize":
                self._authorize(query)
            case "/end":
                self.provider.ended.append(query)
                self._page("<h1>Logged out of the school</h1>")
            case _:
                self._json({}, 404)

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        form = parse_qs(self.rfile.read(length).decode())
        answer = self.provider.exchange({name: values[0] for name, values in form.items()})
        self._json(answer or {"error": "invalid_grant"}, 200 if answer else 400)

    def _authorize(self, query: dict[str, str]) -> None:
        """A page with two links, as a person sees one."""
        back = {"state": query["state"]}
        code = self.provider.code_for(query)
        yes = f"{query['redirect_uri']}?{urlencode(back | {'code': code})}"
        no = f"{query['redirect_uri']}?{urlencode(back | {'error': 'access_denied'})}"
        links = f'<a id="yes" href="{escape(yes)}">Go on</a> <a id="no" href="{escape(no)}">'
        self._page(f"<h1>The school</h1>{links}Cancel</a>")

    def _page(self, body: str) -> None:
        self._send(f"<!doctype html><title>School</title>{body}".encode(), "text/html", 200)

    def _json(self, data: dict[str, Any], status: int = 200) -> None:
        self._send(json.dumps(data).encode(), "application/json", status)

    def _send(self, content: bytes, kind: str, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: Any) -> None:
        """Says nothing."""


@contextmanager
def running_provider(port: int | None = None) -> Iterator[Provider]:
    number = port or free_port()
    provider = Provider(number)
    handler = type("ItsHandler", (Handler,), {"provider": provider})
    server = ThreadingHTTPServer(("127.0.0.1", number), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
