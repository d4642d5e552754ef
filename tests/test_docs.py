"""The documents and what they point to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mlindex_plugin.phil.reference import commands

REPOSITORY = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([REPOSITORY / "README.md", *(REPOSITORY / "docs").glob("*.md"), *REPOSITORY.glob("tests/**/*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
PARAMETER = re.compile(r"(?<!/)\b(?:input|search|synthetic|dataset|output|mp)\.[a-z_]+(?==|`|\b)")
PATH = re.compile(r"\b(?:mlindex_plugin|benchmarks|tests|tools|docs)/[\w/]+\.(?:py|md|phil|sh|expt|refl)\b")


def relative_links(text: str) -> list[str]:
    """Targets of Markdown links that lead to a file, without their anchors."""
    targets = (target.split("#")[0] for target in LINK.findall(text))
    return [target for target in targets if target and "://" not in target and not target.startswith("mailto:")]


def test_links_to_files_are_told_from_others():
    text = "[a](docs/a.md#part) [b](https://example.org/b) ![c](c.svg) [d](#part)"
    assert relative_links(text) == ["docs/a.md", "c.svg"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_relative_link_leads_somewhere(document):
    links = relative_links(document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_file_named_exists(document):
    named = set(PATH.findall(document.read_text()))
    assert sorted(name for name in named if not (REPOSITORY / name).exists()) == []


@pytest.mark.parametrize("name", ["README.md", "docs/tutorial.md", "docs/method.md", "docs/decisions.md"])
def test_parameters_named_exist(name):
    known = {definition.path for scope in commands().values() for definition in scope.all_definitions()}
    named = set(PARAMETER.findall((REPOSITORY / name).read_text())) - {"output.shoeboxes"}  # of dials.find_spots
    assert sorted(named - known) == []


def test_every_document_is_reached_from_the_readme():
    linked = {Path(link).name for link in relative_links((REPOSITORY / "README.md").read_text())}
    assert sorted(path.name for path in (REPOSITORY / "docs").glob("*.md") if path.name not in linked) == []
