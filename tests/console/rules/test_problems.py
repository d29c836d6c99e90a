"""Every Problem can be said in full, has one help page, and is only ever named by a code that exists."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.rules import problems
from console.rules.problems import PROBLEMS, Kind, problem

ROOT = Path(__file__).resolve().parents[3]
PAGES = ROOT / "resources" / "help" / "problems"
WHO = {
    problems.CONTROLLER,
    problems.SUPPORT,
    problems.PROJECT_MANAGER,
    problems.ACCOUNT_OWNER,
    problems.ADMINISTRATOR,
}
OWNERS = {"crm", "psa", "erp", "tieout", "source", "target"}

Call = tuple[str, int, ast.Call]


def calls_of(name: str) -> Iterator[Call]:
    """Every call of a function by this name in the console, with its file and line."""
    for path in sorted((ROOT / "console").rglob("*.py")):
        if "sandbox" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name and node.args:
                yield str(path.relative_to(ROOT)), node.lineno, node


def placeholders(kind: Kind) -> set[str]:
    return {
        name for text in (kind.sentence, kind.remedy) for _t, name, _s, _c in string.Formatter().parse(text) if name
    }


def test_every_call_gives_exactly_the_facts_its_sentence_names() -> None:
    calls = [
        (place, line, call) for place, line, call in calls_of("problem") if not place.endswith("rules/problems.py")
    ]
    assert len(calls) > 25
    for place, line, call in calls:
        code = call.args[0]
        assert isinstance(code, ast.Constant), f"{place}:{line} names its problem in a roundabout way"
        given = {keyword.arg for keyword in call.keywords}
        assert given == placeholders(PROBLEMS[str(code.value)]), f"{place}:{line} {code.value}"


def test_what_platforms_refuse_with_is_known_too() -> None:
    codes = {call.args[0].value for _p, _l, call in calls_of("Problem") if isinstance(call.args[0], ast.Constant)}
    said = set()
    for path in (ROOT / "console" / "platforms").rglob("*.py"):
        said |= set(re.findall(r'\bproblem="(\w+)"', path.read_text(encoding="utf-8")))
    assert codes | said <= PROBLEMS.keys()
    assert said


@pytest.mark.parametrize("code", PROBLEMS)
def test_a_problem_is_said_in_full(code: str) -> None:
    kind = PROBLEMS[code]
    found = problem(code, "psa/task/1", "on", **{name: "Brook" for name in placeholders(kind)})
    assert (found.code, found.ref, found.field) == (code, "psa/task/1", "on")
    for text in (found.sentence, found.remedy):
        assert "{" not in text and "}" not in text
        assert text[0].isupper()
        assert "  " not in text and not re.search(r"\b(null|None|error|invalid|record id)\b", text)
    assert found.remedy.endswith(".")
    assert found.sentence.endswith((".", "Brook"))
    assert len(found.sentence) <= 120 and len(found.remedy) <= 120
    assert found.who in WHO and found.owner in OWNERS


def test_names_with_braces_or_markup_are_left_as_they_are() -> None:
    name = "{0} {evil!r} <b>مشروع</b> %s"
    assert problem("missing_project", project=name).sentence == f"{name} is not known in the ERP."


def test_facts_are_kept_as_text() -> None:
    assert problem("loop", count=6).facts == {"count": "6"}


def test_every_problem_has_a_page_and_every_page_a_problem() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == PROBLEMS.keys()
    assert all(path.suffix == ".md" for path in PAGES.iterdir())


@pytest.mark.parametrize("code", PROBLEMS)
def test_a_page_says_what_it_means_and_what_to_do(code: str) -> None:
    text = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    title, *rest = text.splitlines()
    assert re.fullmatch(r"# [A-Z][^.]+", title)
    assert [line for line in rest if line.startswith("#")] == ["## What to do"]
    assert text.endswith(f"Usually done by: {PROBLEMS[code].who}.\n")
    assert all(len(line) <= 120 for line in text.splitlines())
    assert 40 <= len(text.split()) <= 220
    assert "{" not in text
