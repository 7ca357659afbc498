"""Who may do what by the provider: the table of the configuration, applied to what the provider says of somebody."""

from __future__ import annotations

from dataclasses import dataclass

from spreadscope.guard.identity import AccessScope
from spreadscope.model.oidc_section import SUBJECT, OidcConfig

_LONGEST_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvidedPerson:
    """Whom the provider knows. ``email`` is empty where the provider has not verified it; it is written as addresses
    are compared."""

    issuer: str
    subject: str
    email: str = ""
    groups: tuple[str, ...] = ()
    unverified_email: bool = False
    """Whether there is an address that the provider has not verified."""

    @property
    def name(self) -> str:
        """Returns how the person is called in lists and in the log: in one line of bounded length."""
        text = self.email or f"{SUBJECT}{self.subject}"
        return "".join(sign if sign.isprintable() else "�" for sign in text[:_LONGEST_SHOWN])


def scopes_of(person: ProvidedPerson, config: OidcConfig) -> frozenset[AccessScope]:
    """Returns what a person may do: all that is said of the address, the subject and the groups; nothing for others."""
    if not config.is_set or person.issuer != config.issuer:
        return frozenset()
    named = [config.people.get(f"{SUBJECT}{person.subject}", ())]
    if person.email:
        named.append(config.people.get(person.email, ()))
    named += [config.groups.get(group, ()) for group in person.groups]
    return frozenset(scope for scopes in named for scope in scopes)


def why_nothing(person: ProvidedPerson) -> str:
    """Returns why somebody may do nothing, and what to do."""
    if person.unverified_email:
        return (
            f"{person.name} is not named: the provider has not verified the e-mail address, so only the subject and "
            "the groups count (access.oidc.people)"
        )
    return f"{person.name} is not named: whoever runs this Spreadscope names people in access.oidc (docs/access.md)"
