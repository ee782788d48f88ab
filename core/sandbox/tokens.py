"""Whose token is this? Signed tokens that carry what they grant, so a restarted sandbox still knows them."""

from dataclasses import asdict, dataclass
from enum import StrEnum

from itsdangerous import BadData, URLSafeSerializer

from core.domain import Provider
from core.sandbox.timekeeper import SandboxClock


class TokenKind(StrEnum):
    """What a token is good for."""

    CODE = "code"
    ACCESS = "access"
    REFRESH = "refresh"
    PAGE = "page"


class Fault(StrEnum):
    """Why a token is refused."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    SPENT = "spent"


class TokenRefusedError(Exception):
    """The token does not grant what was asked."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a token carries; `expires_at` is an epoch second, 0 = never.

    `page_ids`: the pages or accounts that were left ticked, with spaces between; "" = all of the login's.
    `signed_in_at`: the epoch second at which the person was there, 0 = when the token was issued; Meta gives data for so long.
    """

    provider: Provider
    kind: TokenKind
    login: str
    expires_at: int
    scope: str = ""
    client_id: str = ""
    redirect_uri: str = ""
    challenge: str = ""
    page_id: str = ""
    page_ids: str = ""
    signed_in_at: int = 0
    is_lasting: bool = False
    issued_at: int = 0
    serial: int = 0


class TokenBook:
    """Issues and reads tokens; what was spent or taken back is remembered as long as the process lives."""

    def __init__(self, seed: int, clock: SandboxClock) -> None:
        self._serializer = URLSafeSerializer(f"tideline-sandbox-{seed}", salt="token")
        self._clock = clock
        self.issued = 0
        self._spent: set[str] = set()
        self._taken_back: dict[tuple[Provider, str, str], int] = {}

    def issue(self, grant: Grant) -> str:
        self.issued += 1
        stamped = asdict(grant) | {"issued_at": self._clock.epoch, "serial": self.issued}
        carried = self._serializer.dumps(stamped)
        return carried if isinstance(carried, str) else carried.decode()

    def read(self, token: str, provider: Provider, *kinds: TokenKind) -> Grant:
        """What the token grants, or TokenRefusedError saying why not."""
        grant = self.find_grant(token)
        if grant is None or grant.provider is not provider or grant.kind not in kinds:
            raise TokenRefusedError(Fault.UNKNOWN)
        if token in self._spent or self._is_taken_back(grant):
            raise TokenRefusedError(Fault.SPENT)
        if grant.expires_at and grant.expires_at <= self._clock.epoch:
            raise TokenRefusedError(Fault.EXPIRED)
        return grant

    def find_grant(self, token: str) -> Grant | None:
        """What the token once granted, whether it still does or not; None where it is none of ours."""
        try:
            carried = self._serializer.loads(token)
        except BadData:
            return None
        return Grant(**carried | {"provider": Provider(carried["provider"]), "kind": TokenKind(carried["kind"])})

    def spend(self, token: str) -> None:
        """Make a single-use code or token useless, or revoke one."""
        self._spent.add(token)

    def take_back(self, grant: Grant) -> None:
        """Revoke whatever the person has granted to this app so far; what she grants from now on is good."""
        self._taken_back[_parties(grant)] = self.issued

    def _is_taken_back(self, grant: Grant) -> bool:
        return grant.serial <= self._taken_back.get(_parties(grant), 0)


def _parties(grant: Grant) -> tuple[Provider, str, str]:
    return grant.provider, grant.login, grant.client_id
