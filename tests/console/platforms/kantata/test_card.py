from console.platforms.kantata.card import CARD
from console.platforms.kantata.resources import RESOURCES
from console.records.intent import Verb
from console.wire.mapping import load
from console.wire.surface import Capability


def test_every_kind_it_reads_is_mapped_and_has_a_home() -> None:
    mapping = load("kantata")
    assert set(CARD.reads) == set(RESOURCES) == set(mapping.kinds)
    assert CARD.reads.index("project") < CARD.reads.index("task") < CARD.reads.index("time_entry")


def test_writes_are_findable_and_no_larger_than_the_vendor_allows() -> None:
    for ability in CARD.writes:
        assert ability.capability is Capability.FINDABLE
        assert ability.batch <= 100
        if ability.verb is Verb.CREATE and ability.batch == 100:
            assert RESOURCES[ability.kind][0].bulk == 100


def test_an_update_names_fields_that_are_written() -> None:
    mapping = load("kantata")
    for ability in CARD.writes:
        assert set(ability.editable) <= set(mapping.kind(ability.kind).table["fields"])
        assert bool(ability.editable) is (ability.verb is Verb.UPDATE)


def test_it_settles_after_the_longest_request() -> None:
    assert CARD.settling > 180
