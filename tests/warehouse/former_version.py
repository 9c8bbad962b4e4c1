"""A database as the last version made it, before tables and views had files of their own.

`former/migrations_1_to_15.tar.gz` holds the fifteen files that version ran, comments included:
`git archive --format=tar.gz d7644d1:include/warehouse/sql migrations` of the commit that removed them has the same.
"""

from __future__ import annotations

import hashlib
import tarfile
from pathlib import Path

from include.warehouse import scripts
from include.warehouse.session import Session

ARCHIVE = Path(__file__).parent / "former" / "migrations_1_to_15.tar.gz"
RECORD = "INSERT INTO {database}.schema_migrations (name, checksum) VALUES ({name:String}, {checksum:String})"


def former_migrations() -> dict[str, str]:
    """The text of each file, by name, in order."""
    with tarfile.open(ARCHIVE) as archive:
        files = {Path(one.name).name: archive.extractfile(one) for one in archive if one.isfile()}
        return {name: file.read().decode() for name, file in sorted(files.items()) if file}


def migrate_as_formerly(session: Session, last: int = 15) -> None:
    """Makes in the session's database what the last version made, or an earlier one with fewer files."""
    names = {"database": session.database, "bi": session.bi}
    for name, text in list(former_migrations().items())[:last]:
        for statement in scripts.statements(scripts.fill(text, names)):
            session.command(statement)
        checksum = hashlib.sha256(text.encode()).hexdigest()
        session.command(scripts.fill(RECORD, names), {"name": name, "checksum": checksum})
