"""Sign-in through a provider that speaks OpenID Connect, and its tokens at the API (``docs/access.md``)."""
