"""What is in the one file of a backup, and can it be trusted? A zip of stored members and a manifest that names each."""

import hashlib
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, NonNegativeInt, ValidationError

from core import __version__
from core.errors import ConfigError

FORMAT = 1
MANIFEST = "manifest.json"
OPERATIONS, WAREHOUSE, KEY = "operations.db", "warehouse.duckdb", "secret.key"
DRAFT_PREFIX = ".tideline-backup-"
_PIECE = 1 << 20
_LARGEST_MANIFEST = 1 << 20


class Member(BaseModel):
    """One file of the archive."""

    size: NonNegativeInt
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    rows: dict[str, int] = {}


class Contents(BaseModel):
    """What an archive holds and when that was so; `operations_at` lies before `warehouse_at`."""

    format: int = FORMAT
    version: str = __version__
    operations_at: AwareDatetime | None
    operations_schema: str | None
    warehouse_at: AwareDatetime
    warehouse_schema: int
    members: dict[Literal["operations.db", "warehouse.duckdb", "secret.key"], Member] = {}

    @property
    def taken_at(self) -> datetime:
        return self.operations_at or self.warehouse_at


def write_archive(
    target: Path, contents: Contents, files: Mapping[str, Path], rows: Mapping[str, dict[str, int]]
) -> Contents:
    """Write the archive beside its place and move it there, its owner's alone; on a failure nothing is left of it."""
    refuse_existing(target)
    try:
        with _draft(target.parent) as draft:
            with zipfile.ZipFile(draft, "w", zipfile.ZIP_STORED) as archive:
                members = {name: _add(archive, name, path, rows.get(name, {})) for name, path in files.items()}
                written = Contents.model_validate({**contents.model_dump(), "members": members})
                archive.writestr(MANIFEST, written.model_dump_json(indent=1))
            draft.flush()
            os.fsync(draft.fileno())
            refuse_existing(target)
            Path(draft.name).rename(target)
    except OSError as error:
        raise ConfigError(
            f"{target} cannot be written ({error.strerror}): nothing was left there; choose a folder with room that you may write."
        ) from error
    return written


def refuse_existing(target: Path) -> None:
    if target.exists():
        raise ConfigError(f"{target} exists already: choose another name; a backup never overwrites anything.")


def unpack(path: Path, folder: Path) -> Contents:
    """Check everything that the archive says of itself and put its members into the folder; ConfigError where anything is off."""
    try:
        with zipfile.ZipFile(path) as archive:
            contents = _read_manifest(archive, path)
            for name, member in contents.members.items():
                _take_out(archive, name, member, folder)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError, RuntimeError) as error:
        raise _refusal(path, str(error)) from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be unpacked into {folder.parent}: {error.strerror or error}.") from error
    return contents


def _read_manifest(archive: zipfile.ZipFile, path: Path) -> Contents:
    found = archive.infolist()
    manifest = [info for info in found if info.filename == MANIFEST]
    if len(manifest) != 1 or manifest[0].file_size > _LARGEST_MANIFEST or _is_packed(manifest[0]):
        raise _refusal(path, "it holds no manifest")
    raw = archive.read(manifest[0])
    try:
        contents = Contents.model_validate_json(raw)
    except ValidationError as error:
        raise _refusal(path, "its manifest is not one of Tideline's") from error
    if contents.format > FORMAT:
        raise ConfigError(f"{path} was written by Tideline {contents.version}, which is newer: update Tideline first.")
    _check_members(found, contents, path)
    return contents


def _check_members(found: list[zipfile.ZipInfo], contents: Contents, path: Path) -> None:
    """Exactly the files that the manifest names, as they are: what is stored unpacked cannot grow."""
    sizes: dict[str, int] = {name: member.size for name, member in contents.members.items()}
    if sorted(info.filename for info in found) != sorted([*sizes, MANIFEST]) or WAREHOUSE not in sizes:
        raise _refusal(path, "it holds other files than its manifest names")
    if any(_is_packed(info) or sizes.get(info.filename, info.file_size) != info.file_size for info in found):
        raise _refusal(path, "its files are not as its manifest describes them")
    if sum(info.file_size for info in found) > path.stat().st_size:
        raise _refusal(path, "its files overlap")


def _is_packed(info: zipfile.ZipInfo) -> bool:
    return info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size or bool(info.flag_bits & 1)


def _take_out(archive: zipfile.ZipFile, name: str, member: Member, folder: Path) -> None:
    digest = hashlib.sha256()
    with archive.open(name) as source, (folder / name).open("xb") as target:
        for piece in _pieces(source):
            digest.update(piece)
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())
        os.fchmod(target.fileno(), 0o600)
    if digest.hexdigest() != member.sha256:
        raise ValueError(f"{name} is not what was backed up")


def _add(archive: zipfile.ZipFile, name: str, path: Path, rows: dict[str, int]) -> Member:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
        for piece in _pieces(source):
            digest.update(piece)
            size += len(piece)
            target.write(piece)
    return Member(size=size, sha256=digest.hexdigest(), rows=rows)


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: source.read(_PIECE), b"")


@contextmanager
def _draft(folder: Path) -> Iterator[IO[bytes]]:
    """A file in the folder that is gone afterwards, unless it was moved."""
    with NamedTemporaryFile(dir=folder, prefix=DRAFT_PREFIX, delete=False) as draft:  # its owner's alone (0600)
        try:
            yield draft
        finally:
            Path(draft.name).unlink(missing_ok=True)


def _refusal(path: Path, why: str) -> ConfigError:
    return ConfigError(f"{path} is no backup that can be trusted ({why}): nothing was changed; use another one.")
