"""Which columns hold encrypted secrets? Read and written again when the key changes."""

from collections.abc import Callable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.ops.models import Account, OAuthFlow, PendingLogin, Token

_COLUMNS = {Token: ("access_token", "refresh_token"), Account: ("page_token",)}


def encrypt_anew(session: Session, encrypt: Callable[[bytes], bytes]) -> int:
    """Put `encrypt` of every secret in its place; sign-ins under way have to begin again. Returns how many secrets there are."""
    for sign_in in (OAuthFlow, PendingLogin):
        session.execute(delete(sign_in))
    count = 0
    for model, columns in _COLUMNS.items():
        for row in session.scalars(select(model)):
            for column in columns:
                kept = getattr(row, column)
                if kept is not None:
                    setattr(row, column, encrypt(kept))
                    count += 1
    return count


def all_secrets(session: Session) -> list[bytes]:
    """Every secret that is stored, still encrypted."""
    kept = [
        getattr(row, column)
        for model, columns in _COLUMNS.items()
        for row in session.scalars(select(model))
        for column in columns
    ]
    return [secret for secret in kept if secret is not None]
