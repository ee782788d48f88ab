"""What does each permission of a platform give, and what is missing without it?"""

from collections.abc import Collection
from dataclasses import dataclass

from core.domain import Platform, Provider
from core.scopes import SCOPES


@dataclass(frozen=True, slots=True)
class Permission:
    """A scope in a marketer's words: what it lets Tideline do, what she loses without it, and for which platform alone."""

    gives: str
    without: str
    only: Platform | None = None


PERMISSIONS: dict[str, Permission] = {
    "r_organization_social": Permission("Read the page's posts", "no posts, and no numbers of posts"),
    "rw_organization_admin": Permission(
        "Find the pages you administer, and read their followers and statistics",
        "no pages are found, and no followers, impressions or engagements are read",
    ),
    "tweet.read": Permission("Read the posts and their numbers", "no posts, and no numbers of posts"),
    "users.read": Permission("Read the profile and its followers", "no followers"),
    "offline.access": Permission("Stay connected", "the sign-in ends after two hours"),
    "pages_show_list": Permission("Find the Pages you manage", "no Facebook Page and no Instagram account is found"),
    "pages_read_engagement": Permission("Read the Pages' posts and followers", "no posts and no followers of Pages"),
    "read_insights": Permission(
        "Read the Pages' statistics", "no impressions, reach or clicks of Pages", Platform.FACEBOOK
    ),
    "instagram_basic": Permission(
        "Read Instagram profiles and posts", "no Instagram account can be read", Platform.INSTAGRAM
    ),
    "instagram_manage_insights": Permission(
        "Read Instagram statistics", "no impressions, reach, saves or shares of Instagram", Platform.INSTAGRAM
    ),
    "business_management": Permission(
        "Find Pages that belong to a business portfolio", "Pages that only a business portfolio owns are not found"
    ),
    "instagram_business_basic": Permission("Read the profile and its posts", "the account cannot be read"),
    "instagram_business_manage_insights": Permission("Read the statistics", "no impressions, reach, saves or shares"),
}


def cost_of(scope: str) -> str:
    """What is missing without this permission, as a sentence."""
    return f"Without {scope}: {PERMISSIONS[scope].without}." if scope in PERMISSIONS else f"Without {scope}."


def lacked_by(platform: Platform, missing: Collection[str]) -> list[str]:
    """Those of the missing permissions that an account of this platform has any use for."""
    return [scope for scope in missing if scope not in PERMISSIONS or PERMISSIONS[scope].only in (None, platform)]


def list_permissions(provider: Provider, missing: Collection[str]) -> list[tuple[str, Permission, bool]]:
    """Every permission that Tideline asks of a provider, and whether it is there."""
    return [(scope, PERMISSIONS[scope], scope not in missing) for scope in SCOPES[provider]]


def needed_of(provider: Provider) -> tuple[str, ...]:
    """What Tideline asks of a provider."""
    return SCOPES[provider]
