"""Forms filled in by phone, over real sockets: who is shown what, and what is kept how long."""

import json

import pytest
from msgspec.structs import replace

from server.domain.configuration import FieldConfig
from server.journal.memory import MemoryJournal
from server.journal.sqlite import open_sqlite
from server.vault.rows import of_visit
from server.vault.scanner import scan
from shared.protocol import (
    Accepted,
    AnswerGiven,
    BoardView,
    CallNext,
    CounterView,
    FillForm,
    OpenCounter,
    TicketView,
    Words,
    encode,
)
from shared.testing import ManualClock
from tests.server.one_branch import DAY, branch_config, new_id, rows, take, vault_of
from tests.server.one_server import Watcher, serving
from tests.server.test_corpus import TEXTS, hold_harmless, log_lines
from tests.server.test_exporting import export, on_disk

WHY = Words(zh="用途", en="Purpose")
SUM = Words(zh="金额", en="Amount")
SAID = "tuition in Oslo"
KEPT = [f"form.A_{field}" for field in ("why", "sum")]


def with_a_form():
    """The branch whose service A asks for a purpose and a sum."""
    config = branch_config()
    form = (
        FieldConfig(id="why", label=WHY, length_max=90),
        FieldConfig(id="sum", label=SUM, kind="number", least=1),
    )
    first, second = config.services
    return replace(config, services=(replace(first, form=form), second))


def fill(visit=1, command_id=None, **answers):
    given = tuple(AnswerGiven(field=field, value=value) for field, value in answers.items())
    return FillForm(id=command_id or new_id(), day=DAY, visit=visit, answers=given)


async def waiting(server, visits=1):
    """So many people took a number; the phone of the last one."""
    kiosk = await server.terminal("kiosk-1")
    for _ in range(visits):
        await kiosk.order(take())
    await kiosk.socket.close()
    return (await server.knock(ticket=server.ticket(visits)))[0]


async def called(server, counter=1):
    """What the counter is shown of whom it has just called."""
    terminal = await server.terminal(f"counter-{counter}")
    await terminal.order(OpenCounter(id=new_id(), day=DAY, counter=counter))
    answer = await terminal.order(CallNext(id=new_id(), day=DAY, counter=counter))
    assert isinstance(answer, Accepted), answer
    return terminal, (await terminal.view(CounterView, answer.seq)).current


async def kept(journal, visit=1):
    """What the vault has of a visit."""
    found = await vault_of(journal).show("main", [of_visit(visit)])
    return {row.field: row.value for row in found}


async def test_the_teller_who_has_called_the_ticket_reads_what_was_filled_in():
    async with serving(branches=[with_a_form()]) as server:
        phone = await waiting(server)
        page = await phone.view(TicketView)
        answer = await phone.order(fill(why=SAID, sum="5000"))
        filled = await phone.view(TicketView, answer.seq)

        _, ticket = await called(server)
        board = await server.terminal("board-head", views=("BoardView", "CounterView:1"))
        seen = [await board.view(BoardView), await board.view(CounterView)]

    assert [field.id for field in page.form] == ["why", "sum"]
    assert filled.form_filled == ("why", "sum")
    assert [(one.label, one.answer.en) for one in ticket.answers] == [(WHY, SAID), (SUM, "5000")]
    assert SAID not in encode(seen).decode()
    assert SAID not in encode(filled).decode()


async def test_what_is_wrong_is_said_at_the_field_in_the_language_of_the_page():
    async with serving(branches=[with_a_form()]) as server:
        phone = await waiting(server)

        refused = await phone.order(fill(why=SAID, sum="a lot"))

    assert (refused.code, refused.field) == ("AnswersNotAccepted", "answers")
    assert [one.field for one in refused.faults] == ["sum"]
    assert "12.50" in refused.faults[0].text
    assert "a lot" not in encode(refused).decode()


async def test_nobody_fills_in_the_form_of_somebody_else():
    async with serving(branches=[with_a_form()]) as server:
        phone = await waiting(server, visits=2)

        refused = await phone.order(fill(visit=1, why=SAID))

    assert refused.code == "NotYourTicket"


async def test_the_answers_lie_sealed_in_the_vault_and_nowhere_else(tmp_path, caplog):
    caplog.set_level("DEBUG")
    path = tmp_path / "lobby.sqlite"
    journal = await open_sqlite(path)
    async with serving(journal=journal, branches=[with_a_form()]) as server:
        phone = await waiting(server)
        await phone.order(fill(why=SAID, sum="13800138000"))
        assert await kept(journal) == dict(zip(KEPT, (SAID, "13800138000"), strict=True))
        written = [bytes(str(row), "utf-8") for row in await rows(journal)]
    await journal.close()

    assert scan(written, (SAID, "13800138000")) == []
    assert SAID.encode() not in b"".join(one.read_bytes() for one in tmp_path.iterdir())
    assert SAID not in "".join(log_lines(caplog))


async def test_a_second_time_takes_the_place_of_the_first_and_nothing_withdraws_it():
    journal = MemoryJournal()
    async with serving(journal=journal, branches=[with_a_form()]) as server:
        phone = await waiting(server)
        await phone.order(fill(why=SAID, sum="1"))
        await phone.order(fill(sum="2"))
        second = await kept(journal)
        await phone.order(fill(sum=""))
        third = await kept(journal)
        _, ticket = await called(server)

    assert {field: value for field, value in second.items() if value} == {"form.A_sum": "2"}
    assert not any(third.values())
    assert ticket.answers == ()


async def test_after_a_restart_the_teller_reads_it_still():
    journal = MemoryJournal()
    async with serving(journal=journal, branches=[with_a_form()]) as server:
        phone = await waiting(server)
        await phone.order(fill(why=SAID))

    async with serving(journal=journal, branches=[with_a_form()]) as server:
        _, ticket = await called(server)

    assert [one.answer.en for one in ticket.answers] == [SAID]


async def test_a_repeat_without_the_answers_is_answered_like_the_first():
    async with serving(branches=[with_a_form()]) as server:
        phone = await waiting(server)
        first = await phone.order(fill(command_id="form-00000000000001", why=SAID))

        again = await phone.order(fill(command_id="form-00000000000001"))

    assert first == again


async def test_with_the_day_the_answers_end():
    clock, journal = ManualClock(), MemoryJournal()
    async with serving(clock=clock, journal=journal, branches=[with_a_form()]) as server:
        phone = await waiting(server)
        await phone.order(fill(why=SAID))
        clock.advance(hours=11)

        purged = await vault_of(journal).purge(clock.now_ms())

    assert purged == 1
    assert await kept(journal) == {}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_hostile_words_are_inert_at_the_tellers_terminal_and_in_no_export(text, tmp_path):
    config = with_a_form()
    async with on_disk(tmp_path / "lobby.sqlite", branches=[config]) as (server, _):
        phone = await waiting(server)
        said = json.loads(encode(fill(why="x")))
        said["answers"][0]["value"] = text[:90]
        answer = await phone.order(json.dumps(said))
        teller, ticket = await called(server)
        watcher = Watcher(teller)
        desk = await server.terminal("desk-1")
        exported = await export(server, desk, "events", form="jsonl")

    hold_harmless(encode(answer).decode())
    for frame in await watcher.ended():
        hold_harmless(frame)
    if isinstance(answer, Accepted):
        shown = [one.answer.en for one in ticket.answers]
        hold_harmless(json.dumps(shown))
        assert all(one not in exported for one in shown if len(one) > 3)
