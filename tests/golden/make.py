"""Makes the golden files of version 1: `python -m tests.golden.make`.

Only while version 1 is not released. From then on the files stay as they are for ever, and
what no longer loads is lifted in `server/journal/upcast.py`.
"""

import json
from pathlib import Path

import msgspec

from server.domain.events import EVENT_TYPES
from server.domain.known import Known, PersonKnown
from server.domain.state import Branch
from server.domain.views import build, in_full
from server.journal.upcast import to_entry
from shared import protocol as p
from tests.golden.house import lines
from tests.random_days.random_day import RandomDay, Step, seeded

HERE = Path(__file__).parent
SEEDS = range(400)
MOVES = 90


def main() -> None:
    """Write all files."""
    days = [played(seed) for seed in SEEDS]
    (HERE / "journal_v1.jsonl").write_text("".join(f"{line}\n" for line in journal(days)))
    (HERE / "house_v1.jsonl").write_text("".join(f"{as_line(row)}\n" for row in lines()))
    (HERE / "wire_v1.jsonl").write_text("".join(f"{line}\n" for line in wire(days)))


def played(seed: int) -> tuple[Branch, list[Step]]:
    """One random day and what it left behind."""
    shape, moves = seeded(seed, MOVES)
    day = RandomDay(shape)
    return day.branch, list(day.play(moves))


def journal(days: list[tuple[Branch, list[Step]]]) -> list[str]:
    """The journals of as few days as show every event, each with its end."""
    wanted = set(EVENT_TYPES)
    lines: list[str] = []
    while wanted:
        best = max(days, key=lambda day: len(types(day[1]) & wanted) / len(day[1]) ** 0.5)
        if not types(best[1]) & wanted:
            break
        wanted -= types(best[1])
        lines += told(f"golden-{len(lines)}", *best)
    assert not wanted, f"no day shows {sorted(wanted)}"
    return lines


def types(steps: list[Step]) -> set[str]:
    """The names of the events of a day."""
    return {type(event).__name__ for step in steps for event in step.events}


def told(name: str, branch: Branch, steps: list[Step]) -> list[str]:
    """The rows of one journal, and at its end who was there and in what state."""
    entries = [to_entry(event, step.stamp, "") for step in steps for event in step.events]
    rows = [
        {"journal": name, "at": e.at, "actor": e.actor, "type": e.type, "data": json.loads(e.data)}
        for e in entries
    ]
    end = {visit.number: visit.state for visit in branch.visits.values()}
    return [*map(as_line, rows), as_line({"journal": name, "seq": len(rows), "end": end})]


def wire(days: list[tuple[Branch, list[Step]]]) -> list[str]:
    """Every message there is, each in its fullest form that the days have shown."""
    fullest: dict[str, bytes] = {}
    for message in [*openings(), *house(), *said(days), *shown(days)]:
        line, name = p.encode(message), type(message).__name__
        if len(line) > len(fullest.get(name, b"")):
            fullest[name] = line
    return [line.decode() for _, line in sorted(fullest.items())]


def openings() -> list[msgspec.Struct]:
    """What a connection begins with, and the answers."""
    hello = p.Hello(
        version=1, station="kiosk-1", secret="s" * 22, language="en", views=("KioskView",)
    )
    welcome = p.Welcome(
        version=1,
        branch="main",
        station="counter-3",
        role="teller",
        epoch="e" * 32,
        seq=7,
        at=1_794_790_800_000,
        heartbeat_ms=5_000,
        views=("CounterView:3",),
        counter=3,
        day="2026-11-16",
        time_zone="Asia/Shanghai",
        link="https://x.example/t/y",
        short_code="012345",
        rehearsal_rate=60.0,
    )
    accepted = p.Accepted(
        id="a" * 32,
        seq=8,
        visit=1,
        number="A001",
        link="https://x.example/t/y",
        short_code="012345",
        appointment=7,
        slot=1_794_790_800_000,
        late_minutes=12,
    )
    slots = p.SlotsFound(
        id="a" * 32,
        seq=8,
        service="L",
        slots=(p.SlotShown(at=1_794_790_800_000, room=2),),
    )
    meant = p.FindAppointment(id="a" * 32, link="s" * 22, code="012345", digits="8000")
    found = p.AppointmentFound(
        id="a" * 32,
        seq=8,
        appointment=7,
        service="L",
        slot=1_794_790_800_000,
        state="booked",
        needs=("low_counter",),
        language="en",
        speaks="en",
    )
    find = p.FindSlots(
        id="a" * 32, service="L", first_day="2026-11-16", days=3, low_counter=True, speaks="en"
    )
    refused = p.Refused(
        id="b" * 32,
        code="DayChanged",
        text="Another day is open.",
        field="day",
        values={"day": "2026-11-17"},
        final=True,
        retry_after_ms=300,
        faults=(p.AnswerFault(field="sum", text="Please enter a number."),),
    )
    return [
        hello,
        welcome,
        accepted,
        slots,
        find,
        meant,
        found,
        refused,
        p.Heartbeat(seq=8, at=1, epoch="e" * 32),
    ]


def house() -> list[msgspec.Struct]:
    """People and stations: what is asked, and the answers."""
    head, code, ended = {"id": "c" * 32}, "BCDF-GHJK", 1_794_826_800_000
    teller = p.RoleAt(branch="main", role="teller")
    lock = p.LockShown(station="main-counter-3", until=ended)
    return [
        p.Pair(version=1, code=code, branch="main", language="en"),
        p.SetUp(version=1, code=code, staff="anna", password="long enough", language="en"),
        p.Paired(
            station="main-counter-3",
            kind="counter",
            branch="main",
            secret="s" * 32,
            counter=3,
            name="Counter 3",
            otp_secret="A" * 32,
        ),
        p.SignIn(**head, staff="li", secret="481516", otp="123456", hand_over=True),
        p.Unlock(**head, secret="481516"),
        p.SignOut(**head),
        p.SetOwnSecret(**head, staff="li", old=code, new="481516"),
        p.SignedIn(
            **head,
            token="t" * 32,
            staff="li",
            role="teller",
            until=ended,
            idle_ms=900_000,
            views=("CounterView:3",),
        ),
        p.SignInEnded(reason="handed_over"),
        p.InviteStation(**head, kind="counter", branch="main", counter=3, name="Counter 3"),
        p.CancelInvitation(**head, invitation=7),
        p.RenameStation(**head, station="main-counter-3", name="Counter 3"),
        p.RevokeStation(**head, station="main-counter-3"),
        p.AddStaff(**head, staff="li", roles=(teller,)),
        p.ChangeRoles(**head, staff="li", roles=(teller,)),
        p.DisableStaff(**head, staff="li"),
        p.EnableStaff(**head, staff="li"),
        p.ResetSecret(**head, staff="li"),
        p.UnlockStaff(**head, staff="li"),
        p.HouseAccepted(id="c" * 32, seq=9, code=code, until=ended, otp_secret="A" * 32, values=3),
        p.FindPerson(id="c" * 32, branch="main", reason="asked for it", phone="138 0013 8000"),
        p.ErasePerson(
            id="c" * 32, branch="main", reason="asked for it", day="2026-11-16", number="A007"
        ),
        p.PersonFound(
            id="c" * 32,
            seq=9,
            kept=(p.KeptShown(person="e" * 32, field="name", value="王小明", until=ended),),
        ),
        p.AskExport(
            **head,
            what="transactions",
            first_day="2026-11-16",
            last_day="2026-11-17",
            reason="the yearly audit",
            branch="main",
            form="jsonl",
        ),
        p.ExportReady(**head, path="/export/" + "t" * 32, name="x.csv", rows=7, until=ended),
        p.PreviewReload(**head),
        p.Reload(**head, digest="0123456789abcdef" * 4),
        p.ReloadPreview(
            id="c" * 32,
            digest="0123456789abcdef" * 4,
            faults=(p.FaultShown(file="main.toml", key="id", expected="'main'"),),
            changes=(p.ChangeShown(branch="", key="listen.port", text="1 → 2", on_restart=True),),
            more=3,
            obstacles=(p.ObstacleShown(branch="main", code="CounterInUse", text="Counter 1"),),
            appointments=(
                p.HitShown(branch="main", appointment=7, slot=ended, text="Appointment 7"),
            ),
        ),
        p.HouseView(
            seq=9,
            at=1_794_790_800_000,
            staff=(p.StaffShown(id="li", roles=(teller,), ready=True, locks=(lock,)),),
            stations=(
                p.StationShown(
                    id="main-counter-3",
                    kind="counter",
                    branch="main",
                    name="Counter 3",
                    counter=3,
                    since=1_794_790_800_000,
                    staff="li",
                ),
            ),
            invitations=(
                p.InvitationShown(id=7, kind="kiosk", branch="main", name="", until=ended),
            ),
        ),
    ]


def said(days: list[tuple[Branch, list[Step]]]) -> list[msgspec.Struct]:
    """Every command of the days."""
    given = (step.command for _, steps in days for step in steps)
    return [command for command in given if isinstance(command, p.BranchCommand)]


def shown(days: list[tuple[Branch, list[Step]]]) -> list[msgspec.Struct]:
    """Every view at the end of the days."""
    views: list[msgspec.Struct] = []
    for branch, _ in days:
        counters = [in_full(f"CounterView:{n}") for n in branch.counters]
        tickets = [f"TicketView:{n}" for n in branch.visits]
        panels = [f"PanelView:{n}" for n in branch.counters]
        booked = [f"AppointmentView:{n}" for n in branch.appointments]
        feeds = ("KioskView", "DisplayView", "PagerView", "BoardView")
        for feed in (*feeds, *counters, *panels, *tickets, *booked):
            view = build(branch, feed, branch.at, everybody(branch))
            if view is not None:
                views.append(msgspec.structs.replace(view, read_only=True))
    return views


def everybody(branch: Branch) -> Known:
    """The same person for every visit that has one, the same note, the same answers."""
    person = PersonKnown(
        p.PersonShown(name="王小明", phone="13800138000", note="带了护照", amount="80000"),
        p.PersonShown(name="王*明", phone="138****8000"),
    )
    persons = [*(branch.day.persons.values() if branch.day else ())]
    persons += [one.person for one in branch.appointments.values()]
    notes = {v.id: {v.note_id: "带了护照"} for v in branch.visits.values() if v.note_id}
    answers = {v.id: dict.fromkeys(v.answered, "5") for v in branch.visits.values()}
    asked = branch.day.questions.values() if branch.day else ()
    comments = {one.visit: {one.id: "等得久，办得快"} for one in asked}
    return Known(dict.fromkeys(persons, person), notes, answers, comments=comments)


def as_line(value: object) -> str:
    """One line of JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main()
