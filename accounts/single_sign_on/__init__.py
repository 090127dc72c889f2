"""Logging in with an account of the school, by OpenID Connect; only installed with OIDC_ISSUER.

django-allauth does the protocol. Added here: the nonce, the issuer's name in its own document, the
signature also where the token came over TLS, and who may come in.
"""
