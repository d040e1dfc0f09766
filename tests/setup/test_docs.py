"""The documentation is true, and what finds out whether it is does find out."""

from pathlib import Path

import pytest

from tests.setup.scripts import load

docs = load("docs")


def test_the_pages_are_true() -> None:
    assert [str(fault) for fault in docs.faults()] == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("hardcut --headless --duration 60", ""),
        ("hardcut dance", "there is no command 'hardcut dance'"),
        ("hardcut midi dance", "there is no command 'hardcut midi dance'"),
        ("hardcut --dance", "hardcut has no option --dance"),
        ("hardcut replay show.session [--to null|window] --dance", "hardcut replay has no option --dance"),
        ("hardcut bench --audit", "hardcut bench has no option --audit"),
        ("hardcut bench --generator wan-14b --audit", ""),
        (".venv/bin/hardcut models fetch wan-14b --yes", ""),
        ("hardcut models check PATH --yes", "hardcut models check has no option --yes"),
    ],
)
def test_commands_are_held_against_the_program(line: str, fault: str) -> None:
    assert list(docs.faults_of_command(line)) == ([fault] if fault else [])


def test_commands_stand_in_blocks_and_within_lines() -> None:
    page = "Run `hardcut doctor`, or `make run`.\n\n```sh\nhardcut --headless  # no window\n```\n"
    page += "\n```text\nhardcut no\n```\n"
    assert list(docs.named_commands(page)) == ["hardcut --headless  # no window", "hardcut doctor"]


@pytest.mark.parametrize(
    ("link", "faults"),
    [
        ("there.md", 0),
        ("there.md#a-heading-with-code", 0),
        ("#here", 0),
        ("https://example.org/nowhere.md", 0),
        ("nowhere.md", 1),
        ("there.md#nowhere", 1),
        ("#nowhere", 1),
    ],
)
def test_links_lead_somewhere(tmp_path: Path, link: str, faults: int) -> None:
    (tmp_path / "there.md").write_text("# There\n\n## A heading, with `code`\n\n```text\n# nowhere\n```\n")
    page = tmp_path / "page.md"
    page.write_text(f"# Here\n\nSee [it]({link}), not `[that](nowhere.md)`.\n")
    assert len(list(docs.faults_of_links(page, page.read_text()))) == faults


def test_outputs_are_written_anew_and_nothing_else() -> None:
    page = "Text.\n\n```console\n$ hardcut --version\nhardcut of yesterday\n```\n\n```sh\nhardcut --version\n```\n"
    version = docs.printed(("--version",))
    assert docs.renewed(page) == page.replace("hardcut of yesterday\n", version)


def test_tests_that_are_named_are_there() -> None:
    here = "tests/setup/test_docs.py"
    page = f"`{here}::test_the_pages_are_true` `{here}::test_of_nothing` `tests/nowhere`"
    assert list(docs.faults_of_tests(page)) == [f"{here} has no test_of_nothing", "there is no tests/nowhere"]
