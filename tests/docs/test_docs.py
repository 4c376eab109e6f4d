"""Holds the pages to the code, and the pages to each other."""

import re
from pathlib import Path
from typing import get_args

import pytest

import lobby
from docs import generate
from docs.wire import parts, word_lists
from server import sockets
from server.domain.refusals import REFUSALS
from server.domain.state import TICKET_TRANSITIONS
from shared import protocol

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    page
    for page in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
    if not page.name.endswith(".intro.md")  # a template: the page made from it is looked at
]
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")

CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


def _names(paths):
    return [str(path.relative_to(ROOT)) for path in paths]


def _prose(page):
    """The page without its code, where brackets are not links."""
    return CODE.sub("", page.read_text(encoding="utf-8"))


def _anchors(page):
    """The headings of a page as its links name them."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


def _broken_links(page):
    for link in re.findall(r"\]\(([^)\s]+)\)", _prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in _anchors(target)):
            yield link


# --- What is generated ---------------------------------------------------------------------------


def test_the_generated_pages_are_current(capsys):
    code = generate.main(["--check"])

    assert (code, capsys.readouterr().out) == (0, ""), "run: python -m docs.generate"


def test_a_page_is_stale_when_it_is_missing_or_says_something_else(tmp_path):
    current, old, missing = (tmp_path / name for name in ("current.md", "old.md", "missing.md"))
    current.write_text("as it should be", encoding="utf-8")
    old.write_text("as it was", encoding="utf-8")
    wanted = dict.fromkeys((current, old, missing), "as it should be")

    assert list(generate.stale(wanted)) == [old, missing]


def test_the_same_code_gives_the_same_pages():
    assert generate.pages() == generate.pages()


@pytest.mark.parametrize(
    "struct",
    [
        *get_args(protocol.Request),
        *get_args(protocol.View),
        *get_args(protocol.Reply),
        protocol.Paired,
        protocol.HouseAccepted,
        protocol.SignedIn,
        protocol.SignInEnded,
        protocol.Welcome,
        protocol.Heartbeat,
        *parts(),
    ],
    ids=lambda struct: struct.__name__,
)
def test_every_struct_has_a_section_and_every_field_a_line(struct):
    section = re.search(
        rf"^### {struct.__name__}\n(.*?)(?=^##|\Z)", PROTOCOL, re.MULTILINE | re.DOTALL
    )
    assert section
    bases = (protocol.BranchCommand, protocol.HouseCommand, protocol.BranchView)
    told = {field for base in bases if issubclass(struct, base) for field in base.__struct_fields__}
    lines = set(re.findall(r"^\| `(\w+)` \|", section[1], re.MULTILINE))

    assert lines == set(struct.__struct_fields__) - told


@pytest.mark.parametrize("code", REFUSALS)
def test_every_refusal_is_explained(code):
    assert f"| `{code}` |" in PROTOCOL


def test_every_close_code_is_explained():
    codes = {value for value in vars(sockets).values() if isinstance(value, int) and value > 1000}
    own = {code for code in codes if code < 5000}

    assert own >= {sockets.FAULT, sockets.DRAINING, sockets.SUPERSEDED}
    assert [code for code in sorted(own | {1009}) if f"| {code} |" not in PROTOCOL] == []


def test_every_word_of_every_list_is_there():
    missing = [
        f"{name}.{word}"
        for name, words in word_lists().items()
        for word in words
        if f"| `{word}` |" not in PROTOCOL
    ]
    assert missing == []


def test_every_state_of_a_ticket_has_its_paragraph():
    page = (ROOT / "docs" / "ticket.md").read_text(encoding="utf-8")

    assert re.findall(r"^### (\w+) · .+$", page, re.MULTILINE) == list(TICKET_TRANSITIONS)[1:]


# --- What is written by hand -----------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=_names(PAGES))
def test_every_link_leads_somewhere(page):
    assert list(_broken_links(page)) == []


@pytest.mark.parametrize("page", PAGES, ids=_names(PAGES))
def test_every_file_that_is_named_exists(page):
    named = re.findall(r"`((?:\w+/)+[\w.-]*|\w+\.(?:py|toml))`", page.read_text(encoding="utf-8"))
    of_the_data_folder = {"lobby.toml", "credentials.json", "lobby-desk.json"}
    homes = [ROOT, page.parent, ROOT / "server" / "domain"]

    assert [
        name
        for name in named
        if name not in of_the_data_folder
        and not name.startswith(("keys/", "branches/"))
        and not any((home / name).exists() for home in homes)
    ] == []


@pytest.mark.parametrize("readme", READMES, ids=_names(READMES))
def test_every_make_target_in_the_readme_exists(readme):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))

    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", readme.read_text("utf-8"), re.MULTILINE))
    assert {"demo", "test"} <= named <= targets


@pytest.mark.parametrize("readme", READMES, ids=_names(READMES))
def test_every_command_line_in_the_readme_is_understood(readme):
    lines = re.findall(r"^lobby (.+?) *(?:#.*)?$", readme.read_text(encoding="utf-8"), re.MULTILINE)

    (commands,) = (a for a in lobby._parser()._actions if isinstance(a.choices, dict))
    assert {line.split()[0] for line in lines} == set(commands.choices or ())
    for line in lines:
        lobby._parser().parse_args(line.split())


def test_both_readmes_name_the_same_things():
    english, chinese = (
        [
            *re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL),
            *re.findall(r"\]\((.+?)\)", text),
        ]
        for text in (re.sub(r" +#.*", "", readme.read_text(encoding="utf-8")) for readme in READMES)
    )
    swapped = [name.replace("README.zh-CN.md", "README.md") for name in english]

    assert sorted(swapped) == sorted(chinese)


@pytest.mark.parametrize("page", PAGES, ids=_names(PAGES))
def test_every_test_that_is_named_exists(page):
    named = set(re.findall(r"`(test_[a-z0-9_]+)`", page.read_text(encoding="utf-8")))
    there = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)
    }

    assert named - there == set()


def test_every_limit_names_its_tests():
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (?!what |---)(.+) \|$", page, re.MULTILINE)

    assert len(rows) > 12
    assert [row for row in rows if "`test_" not in row.rpartition(" | ")[2]] == []
