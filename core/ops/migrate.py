"""How does the operations database get its schema? By `python -m core migrate`, once, before the processes start."""

from pathlib import Path
from tempfile import TemporaryFile

from alembic import command
from alembic.script import ScriptDirectory
from filelock import FileLock

from core.clock import Clock
from core.errors import ConfigError
from core.ops.session import OperationsDatabase, head_revision, migrations_config, refuse_unfinished
from core.settings import Settings


def migrate(settings: Settings) -> str:
    """Bring the operations database to this code's schema and return the revision; safe to call twice, or by two at once."""
    ensure_data_dir(settings.data_dir)
    refuse_unfinished(settings.data_dir)
    with FileLock(settings.data_dir / "migrate.lock", timeout=60):
        database = OperationsDatabase(settings.operations_url)
        try:
            _upgrade(database)
        finally:
            database.close()
    return str(head_revision())


def ensure_data_dir(path: Path) -> None:
    """Make the data folder, private to its owner, or say why it cannot be used."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        with TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise ConfigError(
            f"The data folder {path} cannot be written ({error.strerror}): choose another with TIDELINE_DATA_DIR or mend its rights."
        ) from error


def wait_for_schema(database: OperationsDatabase, clock: Clock, *, patience_s: float = 60.0) -> None:
    """Wait until `migrate` has run; ConfigError naming the command when it does not."""
    waited = 0.0
    while not _is_current(database, last_try=waited >= patience_s):
        if waited >= patience_s:
            raise ConfigError(
                f"The operations database has schema {database.found_revision or 'none'}, this version needs {head_revision()}: run `python -m core migrate`."
            )
        clock.sleep(0.5)
        waited += 0.5


def is_known(revision: str) -> bool:
    """Whether this code has heard of a schema revision; of a newer version's it has not."""
    scripts = ScriptDirectory.from_config(migrations_config()).walk_revisions()
    return revision in {script.revision for script in scripts}


def _is_current(database: OperationsDatabase, *, last_try: bool) -> bool:
    """A database that is still starting does not answer yet; at the last try it says why."""
    try:
        return database.is_current
    except ConfigError:
        if last_try:
            raise
        return False


def _upgrade(database: OperationsDatabase) -> None:
    found = database.found_revision
    config = migrations_config()
    if found is not None and not is_known(found):
        raise ConfigError(
            f"The operations database was written by a newer version of Tideline (schema {found}): update Tideline."
        )
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
