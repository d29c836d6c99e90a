"""What may be the same: proof links, doubt asks a person, and a word that everybody has says nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.sync.likeness import COMMON, LIKELY, METHODS, Candidate, Match, Matches, likeness, match, normal


def someone(ref: str, name: str = "", group: str = "", **keys: list[str]) -> Candidate:
    return Candidate(ref, name, group, keys)


def pairs(found: Any) -> set[tuple[str, str]]:
    return {(each.master, each.other) for each in found}


def doubles(found: Matches) -> dict[str, set[str]]:
    return {master: {each.other for each in hits} for master, hits in found.doubles.items()}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Acme, Inc.", "acme"),
        ("ACME B.V.", "acme"),
        ("Ørsted A/S", "orsted"),
        ("Müller GmbH & Co. KG", "muller"),
        ("J.P. Morgan", "jp morgan"),
        ("Straße 5", "strasse 5"),
        ("株式会社トヨタ", "トヨタ"),
        ("ガス", "ガス"),
        ("شركة \u200fمحمد", "شركة محمد"),
        ("Group Holding AG", "group holding ag"),
        ("<b>Acme</b>", "b acme b"),
        ("  ", ""),
    ],
)
def test_a_name_is_compared_without_form_accents_and_case(name: str, expected: str) -> None:
    assert normal(name) == expected


@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing_more(name: str) -> None:
    assert normal(normal(name)) == normal(name)


@given(st.text(max_size=30), st.text(max_size=30))
def test_likeness_is_between_nothing_and_all(one: str, other: str) -> None:
    assert 0.0 <= likeness(one, other) <= 1.0
    assert likeness(one, one) == (1.0 if normal(one) else 0.0)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Brook & Co Ltd", "Brook Limited", True),
        ("Norwegian Salmon AS", "Norwegian Salmons", True),
        ("Müller Maschinen GmbH", "Mueller Maschinen", True),
        ("トヨタ商事", "ホンダ商事", False),
        ("Brook", "Creek", False),
        ("株式会社", "有限会社", False),
    ],
)
def test_names_that_a_person_would_ask_about(one: str, other: str, alike: bool) -> None:
    assert (likeness(one, other) >= LIKELY) is alike


@pytest.mark.parametrize("method", METHODS)
def test_one_value_on_each_side_is_proof(method: str) -> None:
    found = match([someone("m", **{method: ["X1"]})], [someone("o", **{method: ["x1"]})])
    assert found.proven == [Match("m", "o", method, "x1")]
    assert (found.likely, found.doubles) == ([], {})


def test_a_stronger_method_goes_first() -> None:
    masters = [someone("m", key=["k"], natural_key=["tax"])]
    others = [someone("by tax", natural_key=["tax"]), someone("by key", key=["k"])]
    assert pairs(match(masters, others).proven) == {("m", "by key")}


def test_a_record_there_twice_is_a_double_and_not_linked() -> None:
    others = [someone("o1", natural_key=["tax", "domain"]), someone("o2", natural_key=["tax", "domain"])]
    found = match([someone("m", natural_key=["tax", "domain"])], others)
    assert doubles(found) == {"m": {"o1", "o2"}}
    assert found.proven == []


def test_a_double_is_one_even_when_a_second_value_points_at_one_of_them() -> None:
    others = [someone("o1", natural_key=["tax", "domain"]), someone("o2", natural_key=["tax"])]
    assert doubles(match([someone("m", natural_key=["tax", "domain"])], others)) == {"m": {"o1", "o2"}}


def test_two_values_that_point_apart_are_a_double_too() -> None:
    others = [someone("o1", natural_key=["tax"]), someone("o2", natural_key=["domain"])]
    assert doubles(match([someone("m", natural_key=["tax", "domain"])], others)) == {"m": {"o1", "o2"}}


def test_a_record_that_two_claim_waits_for_a_person() -> None:
    masters = [someone("parent", natural_key=["domain"]), someone("child", natural_key=["domain"])]
    found = match(masters, [someone("o", natural_key=["domain"])])
    assert found.proven == []
    assert pairs(found.likely) == {("parent", "o"), ("child", "o")}


def test_a_shared_domain_does_not_disturb_two_clear_pairs() -> None:
    masters = [someone("m1", natural_key=["tax1", "domain"]), someone("m2", natural_key=["tax2", "domain"])]
    others = [someone("o1", natural_key=["tax1", "domain"]), someone("o2", natural_key=["tax2", "domain"])]
    found = match(masters, others)
    assert pairs(found.proven) == {("m1", "o1"), ("m2", "o2")}
    assert (found.likely, found.doubles) == ([], {})


def test_a_word_that_every_foreign_key_holds_links_nothing() -> None:
    masters = [someone(f"m{n}", cross_reference=[f"relay-project-{n}", "project"]) for n in range(3)]
    others = [someone(f"o{n}", cross_reference=[f"relay-project-{n}", "project"]) for n in range(5)]
    found = match(masters, others)
    assert pairs(found.proven) == {("m0", "o0"), ("m1", "o1"), ("m2", "o2")}
    assert found.doubles == {}


def test_values_count_within_their_group_only() -> None:
    masters = [someone("m1", group="p1", natural_key=["design"]), someone("m2", group="p2", natural_key=["design"])]
    others = [someone("o2", group="p2", natural_key=["design"]), someone("o3", group="p3", natural_key=["design"])]
    assert pairs(match(masters, others).proven) == {("m2", "o2")}


def test_a_resembling_name_is_only_proposed_the_most_alike_first() -> None:
    masters = [someone("m", "Brook Data Limited")]
    others = [someone("o1", "Brook Data Ltd"), someone("o2", "Brook Dats"), someone("o3", "Data Brook"), someone("o4")]
    found = match(masters, others)
    assert found.proven == []
    assert [(each.other, each.method) for each in found.likely] == [("o1", "likeness"), ("o2", "likeness")]
    assert found.likely[0].why == "Brook Data Limited ~ Brook Data Ltd"


def test_what_is_proven_is_not_proposed_again() -> None:
    masters = [someone("m", "Brook", key=["k"])]
    assert match(masters, [someone("o", "Brook", key=["k"]), someone("o2", "Brook")]).likely == []


candidates = st.lists(
    st.builds(
        lambda values, method: {method: values},
        st.lists(st.sampled_from(["a", "b", "c", "d", ""]), max_size=3),
        st.sampled_from(METHODS),
    ),
    max_size=6,
)


@given(candidates, candidates, st.randoms())
def test_nothing_is_linked_twice_in_whatever_order_they_come(left: Any, right: Any, chance: Any) -> None:
    masters = [Candidate(f"m{n}", keys=keys) for n, keys in enumerate(left)]
    others = [Candidate(f"o{n}", keys=keys) for n, keys in enumerate(right)]
    found = match(masters, others)
    for side in ({each.master for each in found.proven}, {each.other for each in found.proven}):
        assert len(side) == len(found.proven)
    in_doubles = {each.other for hits in found.doubles.values() for each in hits}
    assert not in_doubles & {each.other for each in found.proven}
    chance.shuffle(masters)
    chance.shuffle(others)
    again = match(masters, others)
    assert pairs(again.proven) == pairs(found.proven)
    assert pairs(again.likely) == pairs(found.likely)
    assert doubles(again) == doubles(found)


def test_a_word_that_everybody_has_does_not_hide_a_resembling_name() -> None:
    masters = [someone("m", "Brook Data"), someone("plain", "Data")]
    others = [someone(f"o{n}", f"Data {n:05}") for n in range(COMMON + 50)]
    found = match(masters, [*others, someone("o", "Brook Data Inc"), someone("same", "Data")])
    assert pairs(found.likely) == {("m", "o"), ("plain", "same")}
