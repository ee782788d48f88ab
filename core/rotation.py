"""How does another key take the place of the one that encrypts the tokens? At every moment, all keys that are needed are there."""

from collections.abc import Callable

from core.clock import Clock
from core.commands import check_set_up
from core.errors import ConfigError
from core.ops.migrate import wait_for_schema
from core.ops.secrets import encrypt_anew
from core.ops.session import OperationsDatabase, open_operations
from core.ops.sidecars import sidecar_status
from core.settings import Settings
from core.unsaved import UnsavedGrants
from core.vault import Vault, key_path, make_key, read_key_file, split_keys, write_key_file

Echo = Callable[[str], None]


def rotate_key(settings: Settings, clock: Clock, echo: Echo) -> None:
    """Encrypt everything with a new key and drop the old one; the same command goes on where a crash cut it short."""
    check_set_up(settings)
    database = open_operations(settings)
    try:
        wait_for_schema(database, clock, patience_s=0)
        _refuse_beside_a_sidecar(database, clock)
        if settings.secret_key.get_secret_value():
            _rotate_setting(settings, database, echo)
        else:
            _rotate_file(settings, database, echo)
    finally:
        database.close()


def _rotate_file(settings: Settings, database: OperationsDatabase, echo: Echo) -> None:
    path = key_path(settings)
    vault = Vault.open(settings)
    _encrypt_all(settings, database, vault)  # a wrong key shows before anything is changed
    keys = split_keys(read_key_file(path))
    if len(keys) == 1:
        keys = [make_key(), *keys]
        write_key_file(path, " ".join(keys))
        _encrypt_all(settings, database, vault)
    write_key_file(path, keys[0])
    echo(f"All tokens are encrypted with a new key, kept in {path}. Make a new backup: an older one needs the old key.")


def _rotate_setting(settings: Settings, database: OperationsDatabase, echo: Echo) -> None:
    """The setting is the operator's to change, so this takes two calls: one that makes the key, one that uses it."""
    configured = settings.secret_key.get_secret_value()
    count = _encrypt_all(settings, database, Vault.open(settings))
    keys = split_keys(configured)
    if len(keys) == 1:
        echo("Put this line into .env (or wherever TIDELINE_SECRET_KEY is set), then run rotate-key again:")
        echo(f"TIDELINE_SECRET_KEY={make_key()},{keys[0]}")
        return
    echo(f"{count} tokens are encrypted with the first key. The others are no longer needed; put this line into .env:")
    echo(f"TIDELINE_SECRET_KEY={keys[0]}")


def _encrypt_all(settings: Settings, database: OperationsDatabase, vault: Vault) -> int:
    """Encrypt everything with the vault's first key, in one transaction. Returns how many secrets there are."""
    with database.transaction(is_durable=True) as session:
        count = encrypt_anew(session, vault.encrypt_anew)
        UnsavedGrants(settings.data_dir / "grants", vault).encrypt_anew()
    return count


def _refuse_beside_a_sidecar(database: OperationsDatabase, clock: Clock) -> None:
    with database.reading() as session:
        if sidecar_status(session, now=clock.now()).is_running:
            raise ConfigError(
                "The sidecar is running and would store tokens with the old key: stop Tideline, then run rotate-key again."
            )
