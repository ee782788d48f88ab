"""How is it said what API keys are for, and what each one opens?"""

from datetime import datetime

from core.ops.api_keys import KeySummary
from core.ops.key_rows import KeyAccess
from core.ui import text

PURPOSE = "Other programs read Tideline's numbers, and ask for syncs, over its REST API."
NEEDED_ELSEWHERE = f"{PURPOSE} From another machine each of them needs a key; on this machine none is needed."
NEEDED_ANYWHERE = f"{PURPOSE} Each of them needs a key."
NONE_YET = "There is no API key yet. Make one for each program that reads from here, so that each can be revoked alone."
KEEP_IT = (
    "Copy the key now and keep it where secrets are kept: only its fingerprint stays here, so it cannot be shown again."
)
ONLY_THESE = "Everything of the other businesses is out of its sight, as if there were none."
REVOKED_ONES = "They open nothing any more."
ANY_BUSINESS = "Every business, those to come too"

ACCESS: dict[KeyAccess, str] = {KeyAccess.READ: "Read", KeyAccess.WRITE: "Read and write"}
ACCESS_MEANS: dict[KeyAccess, str] = {
    KeyAccess.READ: "Runs, businesses, accounts and values",
    KeyAccess.WRITE: "Ask for syncs, cancel them and set schedules, too",
}


def opens(key: KeySummary) -> str:
    """Every business, or their names."""
    if key.businesses is None:
        return "every business"
    return text.listed(list(key.businesses.values())) if key.businesses else "no business: those it opened are gone"


def about(key: KeySummary) -> str:
    """Under a key's name: how it begins, what it opens, since when, and when it was used last (UTC)."""
    used = f"last used {key.last_used_at:%H:%M} UTC on {_date(key.last_used_at)}" if key.last_used_at else "never used"
    ended = f"revoked {_date(key.revoked_at)}" if key.revoked_at else used
    return f"{key.prefix}… · {ACCESS[key.access]} · opens {opens(key)} · made {_date(key.created_at)} · {ended}"


def _date(at: datetime) -> str:
    """24 Nov 2026: a key may be years old."""
    return f"{at.day} {at:%b %Y}"


def sample(public_url: str, secret: str) -> str:
    """A request to try the key with."""
    return f'curl -H "Authorization: Bearer {secret}" {public_url.rstrip("/")}/api/v1/businesses'
