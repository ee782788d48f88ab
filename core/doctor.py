"""Is everything as it should be? Looks at files and at a copy of the operations database; changes nothing, asks nobody."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from core import findings
from core.clock import Clock
from core.errors import AppError, ConfigError
from core.findings import Finding, Grade, ok, warning, wrong
from core.ops.due import last_successes, with_accounts
from core.ops.grants import list_grant_troubles
from core.ops.migrate import is_known
from core.ops.schedules import BusinessSchedule, list_schedules
from core.ops.secrets import all_secrets
from core.ops.session import OperationsDatabase, head_revision
from core.ops.sidecars import newest_instant, sidecar_status
from core.ops.snapshots import inspect_operations, snapshot, sqlite_path
from core.settings import Settings

Echo = Callable[[str], None]
AHEAD = timedelta(minutes=1)
LATE = timedelta(hours=1)
VERY_LATE = timedelta(days=1)


def examine(settings: Settings, clock: Clock, echo: Echo) -> bool:
    """Print a line for each thing looked at; whether nothing is wrong."""
    found = list(find_all(settings, clock))
    for one in found:
        echo(f"{one.grade.value:<8} {one.subject:<11} {one.text}")
    echo(", ".join(findings.count_grades(found)) + ".")
    return all(one.grade is not Grade.WRONG for one in found)


def find_all(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Everything that was found, in the order in which to mend it."""
    now = clock.now()
    if not settings.data_dir.is_dir():
        yield wrong("rights", f"{settings.data_dir} is not there: start Tideline first, or set TIDELINE_DATA_DIR.")
        return
    yield findings.check_rights(settings)
    yield findings.check_disk(settings)
    synced_at = None
    try:
        with _copied_operations(settings) as database:
            yield _check_schema(database)
            if database.is_current:
                with database.reading() as session:
                    yield findings.check_key(settings, all_secrets(session))
                    yield from _of_operations(session, now)
                    synced_at = max(last_successes(session).values(), default=None)
    except AppError as error:
        yield wrong("operations", str(error))
    yield findings.check_warehouse(settings)
    yield findings.check_published(settings, synced_at=synced_at)
    yield findings.check_backups(settings, now=now)


@contextmanager
def _copied_operations(settings: Settings) -> Iterator[OperationsDatabase]:
    """The operations database, SQLite's as a copy outside the data folder: merely to open the original would change files."""
    source = sqlite_path(settings)
    with TemporaryDirectory(prefix="tideline-doctor-") as folder:
        url = settings.operations_url
        if source is not None:
            if not source.exists():
                raise ConfigError(f"{source} is not there: start Tideline first, or restore a backup.")
            inspect_operations(source)
            snapshot(source, Path(folder) / "operations.db", touches_nothing=True)
            url = f"sqlite:///{Path(folder) / 'operations.db'}"
        database = OperationsDatabase(url)
        try:
            yield database
        finally:
            database.close()


def _check_schema(database: OperationsDatabase) -> Finding:
    found = database.found_revision
    if found is not None and not is_known(found):
        return wrong("operations", f"It is of a newer version (schema {found}): update Tideline.")
    if found != head_revision():
        return wrong(
            "operations", f"It has schema {found or 'none'}, not {head_revision()}: run `python -m core migrate`."
        )
    return ok("operations", f"It is sound, schema {found}.")


def _of_operations(session: Session, now: datetime) -> Iterator[Finding]:
    yield _check_clock(session, now)
    yield from _check_grants(session, now)
    yield _check_sidecar(session, now)
    last, synced = last_successes(session), with_accounts(session)
    for schedule in list_schedules(session):
        if schedule.business_id in synced:
            yield _check_business(schedule, last.get(schedule.business_id), now)


def _check_clock(session: Session, now: datetime) -> Finding:
    newest = newest_instant(session)
    if newest is not None and newest - now > AHEAD:
        return wrong(
            "clock",
            f"It says {now:%Y-%m-%d %H:%M} UTC, but something was recorded at {newest:%Y-%m-%d %H:%M}: set the machine's clock.",
        )
    for schedule in list_schedules(session):
        try:
            ZoneInfo(schedule.timezone)
        except (OSError, ValueError, KeyError):
            return wrong(
                "clock", f"The zone {schedule.timezone} of {schedule.business} is not known here: install tzdata."
            )
    return ok("clock", f"It is {now:%Y-%m-%d %H:%M:%S} UTC, and every zone is known.")


def _check_grants(session: Session, now: datetime) -> Iterator[Finding]:
    troubles = list_grant_troubles(session, now=now)
    for trouble in troubles:
        yield (wrong if trouble.has_ended else warning)("login", trouble.sentence)
    if not troubles:
        yield ok("login", "No login is broken or ends within two weeks.")


def _check_sidecar(session: Session, now: datetime) -> Finding:
    status = sidecar_status(session, now=now)
    if not status.is_running:
        since = f"since {status.beat_at:%Y-%m-%d %H:%M} UTC" if status.beat_at else "and never was"
        return wrong("sidecar", f"It is not running {since}: start Tideline.")
    if status.job_error:
        return warning("sidecar", f"It is running, but {status.job_error}: its log says why.")
    if not status.jobs:
        return wrong("sidecar", "It is running and has nothing scheduled: restart it.")
    return ok("sidecar", f"It is running, {len(status.jobs)} jobs, the next at {status.jobs[0]['next_run_time']}.")


def _check_business(schedule: BusinessSchedule, last: datetime | None, now: datetime) -> Finding:
    """Its last success against its own schedule; quiet hours make it wait longer."""
    name = f"sync of {schedule.business}"
    if schedule.settings.is_paused:
        return ok("sync", f"{name}: paused by its schedule.")
    if last is None:
        return warning("sync", f"{name}: none has succeeded yet; the page Syncs says why.")
    waits = timedelta(hours=schedule.settings.interval_hours + schedule.settings.quiet_hours)
    told = f"{name}: succeeded last at {last:%Y-%m-%d %H:%M} UTC"
    if now - last > waits + VERY_LATE:
        return wrong("sync", f"{told}, far behind its schedule; the page Syncs says why.")
    if now - last > waits + LATE:
        return warning("sync", f"{told}, behind its schedule; the page Syncs says why.")
    return ok("sync", f"{told}.")
