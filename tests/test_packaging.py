"""Holds pyproject.toml, requirements.txt and the tree to each other."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT_TEXT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PYPROJECT: dict[str, Any] = tomllib.loads(PYPROJECT_TEXT)
SETUPTOOLS = PYPROJECT["tool"]["setuptools"]
PROGRAMS = ["counter", "kiosk", "lobby_display"]
TOP_LEVEL = [*PROGRAMS, "desk", "play", "server", "shared", "web"]


def _files_below(package: str) -> list[Path]:
    return [
        path.relative_to(ROOT)
        for path in sorted((ROOT / package).rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    ]


def _tracked_texts() -> list[tuple[str, str]]:
    """Name and text of every file that is, or is about to be, in the repository."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs git and a checkout")
    names = [name for name in listing.decode().split("\0") if (ROOT / name).is_file()]
    assert "pyproject.toml" in names
    return [(name, (ROOT / name).read_bytes().decode(errors="replace")) for name in names]


def _offenders(pattern: str) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in _tracked_texts()
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(pattern, line)
    ]


def _contract(contract_id: str) -> dict[str, Any]:
    contracts = PYPROJECT["tool"]["importlinter"]["contracts"]
    return next(contract for contract in contracts if contract["id"] == contract_id)


def test_the_packages_listed_are_the_packages_there() -> None:
    there = {
        ".".join(path.parent.parts)
        for top in TOP_LEVEL
        for path in _files_below(top)
        if path.suffix == ".py"
    }

    assert sorted(there) == SETUPTOOLS["packages"]
    assert [
        name for name in there if not (ROOT / name.replace(".", "/") / "__init__.py").exists()
    ] == []


def test_every_file_of_a_package_is_installed_with_it() -> None:
    wanted = {path for top in TOP_LEVEL for path in _files_below(top) if path.suffix != ".py"}

    packed = {
        path.relative_to(ROOT)
        for package in SETUPTOOLS["packages"]
        for owner, patterns in SETUPTOOLS["package-data"].items()
        if owner in ("*", package)
        for pattern in patterns
        for path in (ROOT / package.replace(".", "/")).glob(pattern)
    }

    assert wanted - packed == set()


def test_every_requirement_is_locked_by_hash_and_names_no_host() -> None:
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    requirements = text.replace("\\\n", " ").splitlines()

    locked = r"[a-z0-9-]+==[\w.]+( ; [\w'=!<>. ()]+)?( +--hash=sha256:[0-9a-f]{64})+"
    assert requirements
    assert [line for line in requirements if not re.fullmatch(locked, line.strip())] == []


def test_every_declared_dependency_is_locked() -> None:
    project = PYPROJECT["project"]
    declared = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        declared += extra
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")

    locked = set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))
    assert {re.split(r"[^a-z0-9-]", name)[0] for name in declared} <= locked


def test_no_file_tells_on_which_machine_it_was_written() -> None:
    assert _offenders(r"(?<![\w.~-])/(work|home|root|Users)" + "/") == []


def test_no_file_names_a_package_index() -> None:
    assert _offenders(r"https?://\S*(/simple\b|pythonhosted)|(?<!no-emit)-index-url[ =]") == []


def test_every_exception_from_a_rule_gives_its_reason() -> None:
    exceptions = r'^(?:ignore|filterwarnings|"\S+") = \[\n(.*?)^\]'
    lists = re.findall(exceptions, PYPROJECT_TEXT, re.MULTILINE | re.DOTALL)

    assert lists
    assert [line for block in lists for line in block.splitlines() if "#" not in line] == []


def test_every_ignore_in_the_code_gives_its_reason() -> None:
    marker = r"#\s*(noqa|type:\s*ignore|pragma:\s*no)"

    assert _offenders(marker + r"[^-#]*$") == []


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_folder_of_screens_or_widgets_is_kept_from_the_network(program: str) -> None:
    folders = {
        ".".join(path.relative_to(ROOT).parts)
        for kind in ("screens", "widgets")
        for path in (ROOT / program).rglob(kind)
    }

    kept = set(re.findall(r"[\w.]+", _contract("views-only")["layers"][-1]))
    assert folders <= kept


def test_the_forecast_and_the_reports_are_pure_as_soon_as_they_exist() -> None:
    sources = _contract("pure")["source_modules"]
    there = [name for name in ("reports", "waiting") if (ROOT / "server" / name).exists()]

    assert [name for name in there if f"server.{name}" not in sources] == []
