"""The demonstration, with a real server process and real connections, at a speed for tests."""

from play.demo import Plan, run


def test_a_short_day_is_played_and_its_journal_agrees():
    said: list[str] = []

    code = run(Plan(people=8, minutes=10, rate=1500, language="en"), out=said.append)

    assert code == 0, said
    assert any("A001" in line and "Counter" in line for line in said)
    assert said[-1].startswith("The journal agrees: 8 tickets")
