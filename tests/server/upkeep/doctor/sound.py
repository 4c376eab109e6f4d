"""A data folder in which nothing is wrong, on a machine on which nothing is wrong.

Each test plants one fault in a copy of the folder, or in the values that stand for the machine,
and looks whether that one is found, and nothing else.
"""

import json
import os
import shutil
import sqlite3
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from server.config import DEFAULT_BRANCH, load_data_folder, write_private
from server.credentials import Credentials
from server.domain.apply import apply
from server.domain.commands import Configure, TimePassed
from server.domain.decide import decide
from server.domain.state import Actor, Stamp, new_branch
from server.journal.contract import Entry
from server.journal.sqlite import open_sqlite
from server.journal.upcast import to_entry
from server.loading import snapshot_of
from server.upkeep import backup
from server.upkeep.doctor.asking import Answer, BranchHealth
from server.upkeep.doctor.examine import examine
from server.upkeep.doctor.findings import GRADES
from server.upkeep.doctor.machine import Machine
from shared.i18n import LANGUAGES
from tests.server.one_house import PEPPER, furnish, hashing

MONDAY_AT_NINE = 1_794_790_800_000  # 2026-11-16 in Shanghai
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MB = 1_048_576
THREE_AT_NIGHT = MONDAY_AT_NINE - 6 * HOUR_MS
NOW = MONDAY_AT_NINE + 10 * MINUTE_MS
TODAY = datetime.fromtimestamp(NOW / 1000, tz=UTC)

LOBBY_TOML = """\
public_url = "https://queue.example.com"
require_totp = ["administrator", "auditor"]

[listen]
host = "0.0.0.0"

[tls]
certificate = "tls/cert.pem"
key = "tls/key.pem"
"""

HOLIDAYS = """
[[hours.exceptions]]
date = "2026-10-01"

[[hours.exceptions]]
date = "2027-01-01"
"""

RUNNING = Answer({"main": BranchHealth("running")}, "3.53.4")


def machine(**changes):
    """A sound one, apart from the changes."""
    sound = {
        "now_ms": NOW,
        "sqlite": "3.53.4",
        "filesystem": "ext4",
        "free_bytes": 50_000_000_000,
        "files_max": 524_288,
        "clock_kept": True,
        "zones": "2026b",
        "server": None,
        "writers": (),
        "answer": None,
        "public": "",
        "channels": (),
    }
    return Machine(**{**sound, **changes})


async def build(folder):
    """Write all of it."""
    for inside in (folder, folder / "keys", folder / "branches", folder / "tls"):
        inside.mkdir(mode=0o700, exist_ok=True)
    (folder / "lobby.toml").write_text(LOBBY_TOML)
    branch = DEFAULT_BRANCH.read_text(encoding="utf-8") + HOLIDAYS
    (folder / "branches" / "main.toml").write_text(branch, encoding="utf-8")
    write_private(folder / "keys" / "pepper.key", PEPPER)
    write_private(folder / "keys" / "link.key", b"the key of all ticket links")
    certify(folder)
    journal = await open_sqlite(folder / "lobby.sqlite")
    await _write_house(folder, journal)
    await _write_branch(folder, journal)
    await journal.close()
    back_up(folder)


def back_up(folder):
    """As `lobby backup` does: on this Monday at three in the morning, in Shanghai."""
    made = backup.back_up(folder, backup.place(None, folder), THREE_AT_NIGHT)
    forget_log(folder)
    return made.file


async def _write_house(folder, journal):
    configs = load_data_folder(folder)[1].values()
    furnished = await furnish(journal, configs, MONDAY_AT_NINE - 30 * MINUTE_MS)
    credentials = Credentials(folder / "credentials.json", furnished.kept)
    for staff in ("admin", "auditor"):
        credentials.kept.authenticators[staff] = "JBSWY3DPEHPK3PXP"
    credentials.kept.check = hashing().check
    await credentials.save()


async def _write_branch(folder, journal, branch_id="main"):
    config = load_data_folder(folder)[1][branch_id]
    branch, entries = new_branch(config), []
    stamp = Stamp(MONDAY_AT_NINE - 30 * MINUTE_MS, Actor(role="clock"), "")
    for command in (Configure(config), TimePassed()):
        for event in decide(branch, command, stamp):
            apply(branch, event, stamp)
            entries.append(to_entry(event, stamp, branch.day.date if branch.day else ""))
    await journal.append(branch_id, 0, entries)
    await journal.save_snapshot(branch_id, snapshot_of(branch))


def certify(folder, names=("queue.example.com",), begins=-30, ends=300, key=None):
    """A certificate of its own making, good from and until so many days from now."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "queue")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(TODAY + timedelta(days=begins))
        .not_valid_after(TODAY + timedelta(days=ends))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), False)
        .sign(key, hashes.SHA256())
    )
    (folder / "tls" / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "tls" / "key.pem").write_bytes(key.private_bytes(*form, serialization.NoEncryption()))
    (folder / "tls" / "key.pem").chmod(0o600)


# --- Planting ----------------------------------------------------------------------------------


def edit(file, old, new):
    """Replace a part of a file that is there."""
    content = file.read_text(encoding="utf-8")
    assert old in content
    file.write_text(content.replace(old, new), encoding="utf-8")


def by_hand(folder, sql, *values):
    """Change the journal behind everybody's back."""
    with closing(sqlite3.connect(folder / "lobby.sqlite", isolation_level=None)) as db:
        db.execute(sql, values)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    forget_log(folder)


def forget_log(folder):
    """The empty log that whoever reads leaves where no server runs."""
    for end in ("-wal", "-shm"):
        (folder / f"lobby.sqlite{end}").unlink(missing_ok=True)


async def append(folder, branch, kind, *contents, at=NOW):
    """More events of a kind in the journal, as the server would write them."""
    journal = await open_sqlite(folder / "lobby.sqlite")
    seq = (await journal.head(branch)).seq
    data = [json.dumps({"type": kind, **fields}).encode() for fields in contents or ({},)]
    entries = [Entry("", at, '{"role":"clock"}', "", kind, one) for one in data]
    await journal.append(branch, seq, entries)
    await journal.close()


def kept(folder):
    """What credentials.json holds, to be changed and put back with `keep`."""
    return json.loads((folder / "credentials.json").read_text())


def keep(folder, content):
    write_private(folder / "credentials.json", json.dumps(content).encode())


@asynccontextmanager
async def killed(folder, copy):
    """The folder's journal as a server leaves it that is killed while it writes."""
    journal = await open_sqlite(folder / "lobby.sqlite")
    yield journal
    shutil.copytree(folder, copy)
    await journal.close()


# --- Looking -----------------------------------------------------------------------------------


def look(folder, everything=False, **facts):
    """What the doctor says of the folder, on that machine."""
    return examine(folder, lambda *_: machine(**facts), everything=everything)


def found_in(folder, grades=("fault", "warning"), **facts):
    """Every finding of these grades, by code."""
    findings = look(folder, **facts).findings
    return {finding.code: finding for finding in findings if finding.grade in grades}


def notes_in(folder, **facts):
    """What is worth a note there, apart from the one that every folder on one disk gets."""
    fine = found_in(folder, grades=("fine",), **facts)
    return [code for code in fine if code != "backups_beside"]


def only(folder, code, **facts):
    """The one thing that is wrong there; its sentences are whole in both languages."""
    found = found_in(folder, **facts)
    assert list(found) == [code], {code: f.values for code, f in found.items()}
    told(found[code])
    return found[code]


def told(finding):
    """The sentence and the remedy, in every language."""
    assert finding.code in GRADES
    said = [
        text
        for language in LANGUAGES
        for text in (finding.sentence(language), finding.remedy(language))
    ]
    assert all(said)
    assert not any("{" in text or "doctor." in text for text in said), said
    return said


def fingerprint(folder):
    """Name, content and mode of every file below."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mode,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted(folder.rglob("*"))
    }


def settings(folder, **changes):
    """Change when the doctor speaks up."""
    lines = "".join(f"{name} = {value}\n" for name, value in changes.items())
    edit(folder / "lobby.toml", "[tls]", f"[doctor]\n{lines}\n[tls]")


def set_time(path, at_ms):
    """Make a file as old as that."""
    os.utime(path, (at_ms / 1000, at_ms / 1000))
