"""Which fetcher reads which platform? The registry: a platform is one file and one line here."""

import hashlib
from dataclasses import dataclass

from core.domain import Platform, Provider
from core.fetchers.base import ConnectableAccount, Fetcher, MetricKeys
from core.fetchers.facebook import FacebookFetcher
from core.fetchers.instagram import InstagramFetcher
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


@dataclass(frozen=True, slots=True)
class ApiVersions:
    """The API versions that the operator set; X has none."""

    linkedin: str
    meta: str

    def of(self, provider: Provider) -> str:
        return {Provider.LINKEDIN: self.linkedin, Provider.META: self.meta}.get(provider, "")


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
    dialect = _fetchers_of(provider)[0].dialect(app, token, api_version=versions.of(provider))
    return transport.session(dialect, sharing, pauses=pauses)


def open_fetcher(
    platform: Platform, session: ApiSession, external_id: str, *, skip: MetricKeys = frozenset()
) -> Fetcher:
    """The reader of one account; `skip`: metrics that are known to be retired and are not asked."""
    return FETCHERS[platform](session, external_id, skip=skip)


def fetch_owner(provider: Provider, session: ApiSession) -> str:
    """Who granted access: the same text at every sign-in of the same person; "" where the provider does not say."""
    return _fetchers_of(provider)[0].fetch_owner(session)


def list_connectable(provider: Provider, session: ApiSession) -> list[ConnectableAccount]:
    """The pages and profiles that this login may connect, those with a problem included."""
    return [account for fetcher in _fetchers_of(provider) for account in fetcher.list_connectable(session)]


def offers_of(platform: Platform) -> Offers:
    """What the platform offers, from which field, how late."""
    return FETCHERS[platform].offers


def day_zone_of(platform: Platform) -> str:
    """The IANA zone in which the platform cuts its days."""
    return FETCHERS[platform].day_zone


def _fetchers_of(provider: Provider) -> list[type[Fetcher]]:
    return [fetcher for platform, fetcher in FETCHERS.items() if platform.provider is provider]
