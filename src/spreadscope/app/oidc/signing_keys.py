"""The keys with which a provider signs: read of its JWKS, and found by a token's header."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from joserfc.errors import JoseError
from joserfc.jwk import DictKey, ECKey, OKPKey, RSAKey

#: What a token may be signed with, and the kind of its key. Never ``none``, and nothing with a shared secret (HS*): the
#: public key would do as one.
ALGORITHMS = {
    "RS256": "RSA", "RS384": "RSA", "RS512": "RSA", "PS256": "RSA", "PS384": "RSA", "PS512": "RSA",
    "ES256": "EC", "ES384": "EC", "ES512": "EC", "Ed25519": "OKP",
}  # fmt: skip
_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "Ed25519": "Ed25519"}

SMALLEST_RSA_BITS = 2_048
MOST_KEYS = 100
_PUBLIC_PARTS = ("kty", "n", "e", "crv", "x", "y", "kid", "alg", "use")
_KINDS: dict[str, type[RSAKey | ECKey | OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}

Key = RSAKey | ECKey | OKPKey


class SigningKeys:
    """The public keys of a provider that are for signatures, and strong enough."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._keys = tuple(keys)

    @classmethod
    def of(cls, published: list[dict[str, object]]) -> Self:
        """Returns the keys of a JWKS; those of other kinds and uses are left out."""
        found = (_key(each) for each in published[:MOST_KEYS])
        return cls(key for key in found if key is not None)

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, kid: str | None, algorithm: str) -> Key | None:
        """Returns the key that a token names. A token that names none has the only one that fits, if it is the only."""
        fitting = [key for key in self._keys if _fits(key, algorithm) and kid in {None, key.kid}]
        return fitting[0] if len(fitting) == 1 or (fitting and kid is not None) else None

    def names(self) -> list[str]:
        """Returns how the keys are called, for people."""
        return [f"{key.kid or 'a key without a name'} ({key.alg or key.key_type})" for key in self._keys]


def _fits(key: Key, algorithm: str) -> bool:
    if ALGORITHMS.get(algorithm) != key.key_type or key.alg not in {None, algorithm}:
        return False
    curve = _CURVES.get(algorithm)
    return curve is None or key.get("crv") == curve


def _key(published: dict[str, object]) -> Key | None:
    kind = _KINDS.get(str(published.get("kty")))
    operations = published.get("key_ops", ["verify"])
    for_signatures = published.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations
    if kind is None or not for_signatures:
        return None
    parts: DictKey = {name: str(published[name]) for name in _PUBLIC_PARTS if name in published}
    if kind is RSAKey and len(parts.get("n", "")) * 6 < SMALLEST_RSA_BITS:  # base64url: six bits a character
        return None
    try:
        key = kind.import_key(parts)
        key.public_key  # noqa: B018 - it raises where it is no point of its curve
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key
