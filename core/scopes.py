"""Which permissions does Tideline need of each provider, and which of them did a person not grant?"""

from collections.abc import Collection

from core.domain import Provider

SCOPES: dict[Provider, tuple[str, ...]] = {
    Provider.LINKEDIN: ("r_organization_social", "rw_organization_admin"),
    Provider.X: ("tweet.read", "users.read", "offline.access"),
    Provider.META: (
        "pages_show_list",
        "pages_read_engagement",
        "read_insights",
        "instagram_basic",
        "instagram_manage_insights",
        "business_management",  # pages that only a business portfolio owns
    ),
    Provider.INSTAGRAM: ("instagram_business_basic", "instagram_business_manage_insights"),
}


def missing_scopes(provider: Provider, granted: Collection[str]) -> tuple[str, ...]:
    """What is needed and was not granted; nothing where the provider does not tell what it granted."""
    return tuple(scope for scope in SCOPES[provider] if granted and scope not in granted)


ESSENTIAL: dict[Provider, tuple[str, ...]] = {
    Provider.META: ("pages_show_list", "pages_read_engagement"),
    Provider.INSTAGRAM: ("instagram_business_basic",),
}
"""Without these a login reads nothing; of a provider that is not here, without any of its scopes."""


def missing_essentials(provider: Provider, granted: Collection[str]) -> tuple[str, ...]:
    """The missing ones without which the login is of no use."""
    essential = ESSENTIAL.get(provider, SCOPES[provider])
    return tuple(scope for scope in missing_scopes(provider, granted) if scope in essential)
