"""What are posts called? Ids in each platform's shape that carry the instant of publication, to be found by."""

import re
from datetime import UTC, datetime

from core.domain import Platform, PostKind
from core.sandbox.chance import Chance

_X_EPOCH_MS = 1_288_834_974_657  # the zero of X's snowflake ids, 2010-11-04
_SALT_BITS = 22
_YEAR_2000_S, _YEAR_2100_S = 946_684_800, 4_102_444_800


def make_post_id(platform: Platform, account_id: str, kind: PostKind, published_at: datetime, chance: Chance) -> str:
    milliseconds = int(published_at.timestamp()) * 1000 + int(chance.between(0, 1000))
    if platform is Platform.INSTAGRAM:
        return f"{milliseconds}{int(chance.between(0, 10_000)):04d}"
    zero = _X_EPOCH_MS if platform is Platform.X else 0
    number = (milliseconds - zero) << _SALT_BITS | int(chance.between(0, 2**_SALT_BITS))
    return _dressed(platform, account_id, kind, number)


def published_at_of(platform: Platform, post_id: str) -> datetime | None:
    """The instant inside an id of ours, None where the id cannot be one."""
    found = re.search(r"(\d{13,20})$", post_id, re.ASCII)
    if found is None:
        return None
    number = int(found[1])
    zero = _X_EPOCH_MS if platform is Platform.X else 0
    milliseconds = int(found[1][:13]) if platform is Platform.INSTAGRAM else (number >> _SALT_BITS) + zero
    seconds = milliseconds // 1000
    return datetime.fromtimestamp(seconds, UTC) if _YEAR_2000_S < seconds < _YEAR_2100_S else None


def _dressed(platform: Platform, account_id: str, kind: PostKind, number: int) -> str:
    if platform is Platform.LINKEDIN:
        urn_kind = "ugcPost" if kind in (PostKind.VIDEO, PostKind.CAROUSEL) else "share"
        return f"urn:li:{urn_kind}:{number}"
    return f"{account_id}_{number}" if platform is Platform.FACEBOOK else str(number)


def permalink_of(platform: Platform, handle: str, post_id: str) -> str | None:
    """Where the post would be seen; LinkedIn's answers have no such field."""
    number = post_id.rpartition("_")[2]
    return {
        Platform.X: f"https://x.com/{handle}/status/{post_id}",
        Platform.FACEBOOK: f"https://www.facebook.com/{handle}/posts/{number}",
        Platform.INSTAGRAM: f"https://www.instagram.com/p/{int(number[-12:] or 0) if number.isdigit() else 0:x}/",
    }.get(platform)
