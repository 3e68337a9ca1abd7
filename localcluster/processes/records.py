"""The records of the cluster's processes, one file each in the runtime directory."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from localcluster.atomic_write import write_atomically
from localcluster.processes.table import ProcessIdentity


@dataclass(frozen=True)
class ProcessRecord:
    """A process that `up` has started, and a fingerprint of its command and configuration at that time."""

    process: ProcessIdentity
    fingerprint: str


def write_record(runtime: Path, name: str, record: ProcessRecord) -> None:
    """Write a record at once and completely: a reader never sees half of it."""
    write_atomically(runtime / f"{name}.process.json", json.dumps(asdict(record)))


def remove_record(runtime: Path, name: str) -> None:
    """Forget a process."""
    (runtime / f"{name}.process.json").unlink(missing_ok=True)


def read_records(runtime: Path) -> dict[str, ProcessRecord]:
    """Read every record of a cluster by the component's name; empty when it has never run."""
    records = {}
    for path in sorted(runtime.glob("*.process.json")):
        try:
            fields = json.loads(path.read_text())
        except FileNotFoundError:
            continue  # another cluster's, ended at this moment
        process = ProcessIdentity(**fields["process"])
        records[path.name.removesuffix(".process.json")] = ProcessRecord(process, fields["fingerprint"])
    return records
