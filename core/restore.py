"""How does a backup take the place of what is there? Checked and prepared beside it first, then moved, the old kept."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock, Timeout

from core.archive import KEY, OPERATIONS, WAREHOUSE, Contents, unpack
from core.clock import Clock
from core.errors import ConfigError, WarehouseError, WarehouseInUseError
from core.ops.migrate import ensure_data_dir, is_known, migrate
from core.ops.secrets import all_secrets
from core.ops.session import RESTORE_MARKER, OperationsDatabase, open_operations
from core.ops.sidecars import sidecar_status
from core.ops.snapshots import inspect_operations, keep_ids_beyond, known_ids, refuse_in_use, sqlite_path
from core.settings import Settings
from core.vault import Vault, key_path, sync_folder
from core.warehouse.connection import SCHEMA_VERSION, Warehouse
from core.warehouse.inspection import forget_unknown, highest_ids, inspect_warehouse

Echo = Callable[[str], None]


def restore(settings: Settings, file: Path, clock: Clock, echo: Echo, *, force: bool = False) -> None:
    """Check the archive, prepare it beside what is there, and put it in its place."""
    ensure_data_dir(settings.data_dir)
    with _alone(settings), TemporaryDirectory(dir=settings.data_dir, prefix=".restore-") as folder:
        staged = Path(folder)
        contents = unpack(file, staged)
        _check(settings, file, contents, staged)
        _refuse_data(settings, force=force)
        _refuse_at_work(settings, clock)
        _prepare(staged, contents)
        kept = _put_in_place(settings, staged, contents, clock)
    echo(f"Restored {file} as of {contents.taken_at:%Y-%m-%d %H:%M:%S} UTC into {settings.data_dir}.")
    if kept is not None:
        echo(f"What was there before is in {kept}; remove it when you no longer need it.")
    echo(_about_key(settings))


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Neither beside another restore nor beside a migration."""
    try:
        with FileLock(settings.data_dir / "migrate.lock", timeout=1):
            yield
    except Timeout as busy:
        raise ConfigError(
            f"Another restore or migration is at work in {settings.data_dir}: wait until it ends."
        ) from busy


def _check(settings: Settings, file: Path, contents: Contents, staged: Path) -> None:
    """Whether every member is what its name says, and of a schema that this version knows."""
    if (OPERATIONS in contents.members) is not (sqlite_path(settings) is not None):
        engine = "SQLite" if OPERATIONS in contents.members else "PostgreSQL"
        raise ConfigError(
            f"{file} was taken beside an operations database of {engine}, and TIDELINE_DATABASE_URL names another kind: set it to that."
        )
    newer = f"{file} was written by Tideline {contents.version}, which is newer: update Tideline, then restore again."
    try:
        if inspect_warehouse(staged / WAREHOUSE).schema > SCHEMA_VERSION:
            raise ConfigError(newer)
        if OPERATIONS in contents.members and not is_known(inspect_operations(staged / OPERATIONS).schema):
            raise ConfigError(newer)
    except WarehouseError as error:
        raise ConfigError(f"{file} is no backup that can be trusted: {error} Nothing was changed.") from error


def _refuse_data(settings: Settings, *, force: bool) -> None:
    found = [path for path in _old_files(settings) if path.name != KEY]
    if found and not force:
        raise ConfigError(
            f"{settings.data_dir} holds data ({found[0].name}): add --force to replace it; it is kept beside, or choose another folder with TIDELINE_DATA_DIR."
        )


def _refuse_at_work(settings: Settings, clock: Clock) -> None:
    """The stores' own locks tell who has them open, whatever a heartbeat says."""
    if settings.warehouse_path.exists():
        try:
            Warehouse(settings.warehouse_path, settings.published_dir).close()
        except WarehouseInUseError as busy:
            raise ConfigError(
                f"{settings.warehouse_path} is open in another process: stop Tideline, then restore again."
            ) from busy
        except WarehouseError:  # damaged, or a newer version's: that is why it is replaced
            pass
    path = sqlite_path(settings)
    if path is None:
        _refuse_sidecar(settings, clock)
    elif path.exists():
        refuse_in_use(path)


def _refuse_sidecar(settings: Settings, clock: Clock) -> None:
    database = OperationsDatabase(settings.operations_url)
    try:
        with database.reading() as session:
            if sidecar_status(session, now=clock.now()).is_running:
                raise ConfigError("The sidecar is running: stop Tideline, then restore again.")
    finally:
        database.close()


def _prepare(staged: Path, contents: Contents) -> None:
    """Bring the copies to this version's schema and make them agree: nothing of an account that one of them does not know."""
    own = Settings.read(data_dir=staged, database_url="")
    with Warehouse(own.warehouse_path, own.published_dir) as warehouse:
        if OPERATIONS not in contents.members:
            return
        migrate(own)
        highest = highest_ids(warehouse)
        accounts, businesses = known_ids(staged / OPERATIONS)
        forget_unknown(warehouse, accounts=accounts, businesses=businesses)
    taken = {"sync_runs": highest.run, "accounts": highest.account, "businesses": highest.business}
    keep_ids_beyond(staged / OPERATIONS, taken)


def _put_in_place(settings: Settings, staged: Path, contents: Contents, clock: Clock) -> Path | None:
    """Move the old aside and the new in; until all of it is done, a marker keeps everything else from starting."""
    marker, old = settings.data_dir / RESTORE_MARKER, _old_files(settings)
    if KEY not in contents.members:
        old = [path for path in old if path != key_path(settings)]
    aside = _free_name(settings.data_dir / f"before-restore-{clock.now():%Y%m%d-%H%M%S}")
    _write_marker(marker, aside)
    if old:
        aside.mkdir(mode=0o700)
        for path in old:
            path.rename(aside / path.name)
    (staged / WAREHOUSE).rename(settings.warehouse_path)
    if KEY in contents.members:
        (staged / KEY).rename(key_path(settings))
    target = sqlite_path(settings)
    if target is not None and OPERATIONS in contents.members:
        (staged / OPERATIONS).rename(target)
    sync_folder(settings.data_dir)
    with Warehouse(settings.warehouse_path, settings.published_dir) as warehouse:
        warehouse.publish()
    marker.unlink()
    return aside if old else None


def _old_files(settings: Settings) -> list[Path]:
    """What a restore replaces, with what SQLite and DuckDB keep beside; published copies are only ever added to."""
    operations = sqlite_path(settings)
    stores = [settings.warehouse_path, settings.warehouse_path.with_name(f"{WAREHOUSE}.wal")]
    if operations is not None:
        stores += [operations.with_name(operations.name + suffix) for suffix in ("", "-wal", "-shm", "-journal")]
    return [path for path in (*stores, settings.data_dir / "grants", key_path(settings)) if path.exists()]


def _write_marker(marker: Path, aside: Path) -> None:
    told = f"A restore was cut short here. Run the same `python -m core restore FILE --force` again.\nWhat was here before it is in {aside}\n"
    with marker.open("a", encoding="utf-8") as file:
        file.write(told)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(marker.parent)


def _free_name(wanted: Path) -> Path:
    tries = (wanted, *(wanted.with_name(f"{wanted.name}-{number}") for number in range(2, 1000)))
    return next(path for path in tries if not path.exists())


def _about_key(settings: Settings) -> str:
    """Whether the stored tokens can be read, found out by reading them."""
    if not settings.secret_key.get_secret_value() and not key_path(settings).exists():
        return f"There is no key: put yours into {key_path(settings)} before you start Tideline, or every account has to be connected again."
    database = open_operations(settings)
    try:
        with database.reading() as session:
            secrets = all_secrets(session)
        vault = Vault.open(settings)
        for secret in secrets:
            vault.decrypt(secret)
    except ConfigError as error:
        return f"The accounts cannot be read yet: {error}"
    finally:
        database.close()
    return "Start Tideline: it goes on from there."
