"""What differs between two configurations, in the keys of their files."""

from msgspec.structs import replace

from server.config import Listen, ServerConfig, Tls
from server.differences import TEXT_CHARACTERS_MAX, Difference, differences
from server.domain.configuration import HoursRule, MachineConfig
from shared.protocol import Words
from tests.server.one_branch import branch_config

BEFORE = branch_config(counters=3)


def counter(n, **changes):
    return replace(BEFORE.counter(n), **changes)


def test_the_same_configuration_differs_in_nothing():
    assert differences(BEFORE, branch_config(counters=3)) == []


def test_a_part_with_an_id_is_found_wherever_it_stands():
    after = replace(
        BEFORE, counters=(counter(1), counter(3, name=Words(zh="\u4e09", en="Three"), low=True))
    )

    name = BEFORE.counter(3).name
    found = differences(BEFORE, after)

    assert [one.key for one in found] == [
        "counters[2]",
        "counters[3].name.zh",
        "counters[3].name.en",
        "counters[3].low",
    ]
    assert found[0].after is None
    assert '"id":2' in str(found[0].before)
    assert found[2] == Difference("counters[3].name.en", name.en or None, "Three")
    assert (found[3].before, found[3].after) == ("false", "true")


def test_another_order_is_a_difference_of_its_own():
    first, *others = BEFORE.services

    [found] = differences(BEFORE, replace(BEFORE, services=(*others, first)))

    ids = [service.id for service in BEFORE.services]
    assert found == Difference("services", ", ".join(ids), ", ".join([*ids[1:], ids[0]]))


def test_something_new_has_nothing_before():
    machine = MachineConfig(id="M9", name=Words(zh="\u4e5d", en="Nine"))

    [found] = differences(BEFORE, replace(BEFORE, machines=(*BEFORE.machines, machine)))

    assert (found.key, found.before) == ("machines[M9]", None)


def test_rules_without_an_id_are_compared_by_their_places():
    rules = BEFORE.hours.rules
    later = replace(rules[0], closes="18:00")
    more = HoursRule(
        days=("sun",), opens="10:00", closes="11:00", tickets_from="10:00", tickets_until="11:00"
    )
    after = replace(BEFORE, hours=replace(BEFORE.hours, rules=(later, *rules[1:], more)))

    found = differences(BEFORE, after)

    assert found[0] == Difference("hours.rules[0].closes", rules[0].closes, "18:00")
    assert [one.key for one in found[1:]] == [f"hours.rules[{len(rules)}]"]


def test_tables_are_compared_by_their_names():
    presets = dict(BEFORE.calling.presets)
    simple = presets.pop("simple")
    presets["calm"] = replace(simple, care=replace(simple.care, rate=1.5))
    after = replace(BEFORE, calling=replace(BEFORE.calling, presets=presets))

    found = {one.key: (one.before is None, one.after is None) for one in differences(BEFORE, after)}

    assert found == {
        "calling.presets.simple": (False, True),
        "calling.presets.calm": (True, False),
    }


def test_lists_of_words_and_optional_parts_are_told_whole():
    before = ServerConfig()
    after = ServerConfig(
        listen=Listen(port=9000),
        tls=Tls(certificate="a.pem", key="b.pem"),
        require_totp=("auditor", "administrator"),
    )

    assert differences(before, after) == [
        Difference("listen.port", "8470", "9000"),
        Difference("tls", None, '{"certificate":"a.pem","key":"b.pem"}'),
        Difference("require_totp", None, "auditor, administrator"),
    ]


def test_a_long_value_is_cut():
    after = replace(BEFORE, name=Words(zh=BEFORE.name.zh, en="x" * 900))

    [found] = differences(BEFORE, after)

    assert len(str(found.after)) == TEXT_CHARACTERS_MAX
    assert str(found.after).endswith("\u2026")
