"""Which fetcher reads which platform? The registry: a platform is one file and one line here."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from core.domain import Platform, Provider
from core.fetchers import graph_access
from core.fetchers.base import ConnectableAccount, Door, Fetcher, MetricKeys
from core.fetchers.facebook import FacebookFetcher
from core.fetchers.grants import Grant, GrantedAccess, Owner
from core.fetchers.instagram import InstagramFetcher
from core.fetchers.instagram_login import InstagramLogin
from core.fetchers.linkedin import LinkedInFetcher
from core.fetchers.pauses import PauseBook, Sharing
from core.fetchers.transport import ApiSession, Transport
from core.fetchers.x import XFetcher
from core.metrics import Offers
from core.settings import ProviderSettings

FETCHERS: dict[Platform, type[Fetcher]] = {
    Platform.LINKEDIN: LinkedInFetcher,
    Platform.X: XFetcher,
    Platform.FACEBOOK: FacebookFetcher,
    Platform.INSTAGRAM: InstagramFetcher,
}

DOORS: dict[Provider, tuple[type[Door], ...]] = {
    Provider.LINKEDIN: (LinkedInFetcher,),
    Provider.X: (XFetcher,),
    Provider.META: (FacebookFetcher, InstagramFetcher),
    Provider.INSTAGRAM: (InstagramLogin,),
}
"""Through which doors a provider's login enters; the first says whose login it is."""


@dataclass(frozen=True, slots=True)
class ApiVersions:
    """The API versions that the operator set; X has none."""

    linkedin: str
    meta: str

    def of(self, provider: Provider) -> str:
        return {Provider.LINKEDIN: self.linkedin, Provider.X: ""}.get(provider, self.meta)


def open_session(  # who speaks, to whom, and who shares the limits
    transport: Transport,
    app: ProviderSettings,
    token: str,
    *,
    versions: ApiVersions,
    account_key: str = "",
    pauses: PauseBook | None = None,
) -> ApiSession:
    """A conversation with the app's provider, in the name of whoever granted `token`.

    `account_key` names the login that shares a limit (without it the token itself, as a fingerprint); `pauses` replaces the
    transport's own book.
    """
    account = account_key or hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()[:16]
    provider = app.provider
    sharing = Sharing(f"{provider.value}:{app.client_id}", f"{provider.value}:{account}")
    dialect = DOORS[provider][0].dialect(app, token, api_version=versions.of(provider))
    return transport.session(dialect, sharing, pauses=pauses)


def open_fetcher(
    platform: Platform, session: ApiSession, external_id: str, *, skip: MetricKeys = frozenset()
) -> Fetcher:
    """The reader of one account; `skip`: metrics that are known to be retired and are not asked."""
    return FETCHERS[platform](session, external_id, skip=skip)


def fetch_owner(provider: Provider, session: ApiSession) -> Owner:
    """Who granted access: the same id at every sign-in of the same person; "" where the provider does not say."""
    return DOORS[provider][0].fetch_owner(session)


def fetch_access(app: ProviderSettings, grant: Grant, *, speak: Callable[[str], ApiSession]) -> GrantedAccess:
    """What the grant really allows; `speak` opens a conversation with the provider in the name of a token."""
    if app.provider is not Provider.META:
        return GrantedAccess(grant.scopes)
    inspector = speak(f"{app.client_id}|{app.client_secret}") if app.client_secret else None
    return graph_access.fetch_access(speak(grant.access_token), inspector, grant.access_token)


def list_connectable(provider: Provider, session: ApiSession) -> list[ConnectableAccount]:
    """The pages and profiles that this login may connect, those with a problem included."""
    return [account for door in DOORS[provider] for account in door.list_connectable(session)]


def offers_of(platform: Platform) -> Offers:
    """What the platform offers, from which field, how late."""
    return FETCHERS[platform].offers


def day_zone_of(platform: Platform) -> str:
    """The IANA zone in which the platform cuts its days."""
    return FETCHERS[platform].day_zone
