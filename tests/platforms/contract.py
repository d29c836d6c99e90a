"""What every connector promises, asked the same way of each: a platform begins by passing this."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from console.records.intent import Verb
from console.wire.answer import Call
from console.wire.faults import Fault, Refused, SignInAgain, TryLater, Unexpected
from console.wire.http import Bounds, Wire
from console.wire.pacing import Limits, Pacing
from console.wire.surface import Batch, Capability, Card, Connector, Remote, Unsure, Want, Written
from tests.loopback import Asked, Reply

BOUNDS = Bounds(connect=5, read=10, total=20)
Result = TypeVar("Result")
Promise = Callable[["Trial"], Awaitable[None]]


class Connect(Protocol):
    """How a platform's package is asked for its connector."""

    def __call__(
        self,
        fields: Mapping[str, str],
        secrets: Mapping[str, str],
        *,
        transport: Wire,
        mapping: Mapping[str, Any] | None = None,
    ) -> Connector: ...


@dataclass(frozen=True)
class Stage:
    """One platform on trial.

    `want` makes the n-th valid record of `kind`, its links looked up through the connector; `vendor_kind` is the
    platform's own word for that kind, as faults of the sandbox name it. `fields` are given beside base_url; `sign_in`
    chooses one of the sandbox's. `dead` makes a credential that is no longer any good out of a good one and the
    sandbox's expired token. `looping` turns a page of `kind` into one that leads back to itself, `spoiled` makes
    one record of it unreadable; both get every request and answer, and leave what is no such page alone. `change` are
    fields of the body an update gives other values; `renews`
    says whether the sign-in can fetch itself another token when one ends.
    """

    card: Card
    connect: Connect
    kind: str
    vendor_kind: str
    want: Callable[[Connector, int], Awaitable[Want]]
    dead: Callable[[Mapping[str, str], str], Mapping[str, str]]
    looping: Callable[[Asked, Reply], Reply]
    spoiled: Callable[[Asked, Reply], Reply]
    change: Mapping[str, Any]
    fields: Mapping[str, str] = field(default_factory=dict)
    sign_in: str = ""
    renews: bool = True

    @property
    def key(self) -> str:
        return self.card.key


@dataclass
class Trial:
    """A way to one running tenant; everything it was heard to say is kept."""

    stage: Stage
    base_url: str
    credential: Mapping[str, str]
    calls: list[Call] = field(default_factory=list)
    bounds: Bounds = BOUNDS
    mapping: Mapping[str, Any] | None = None

    async def run(self, doing: Callable[[Connector], Awaitable[Result]]) -> Result:
        """Do something with a fresh connector and give its sockets back."""
        pacing = Pacing(Limits(first_pause=0.02))
        wire = Wire(connection="here", on_call=self.calls.append, bounds=self.bounds, pacing=pacing)
        fields = {"base_url": self.base_url, "instance_url": self.base_url, **self.stage.fields}
        connector = self.stage.connect(fields, self.credential, transport=wire, mapping=self.mapping)
        try:
            return await doing(connector)
        finally:
            await connector.close()

    def with_credential(self, credential: Mapping[str, str]) -> Trial:
        return replace(self, credential=credential)

    @property
    def secrets(self) -> list[str]:
        """The values that may appear nowhere."""
        named = {each.name for sign_in in self.stage.card.sign_ins for each in sign_in.fields if each.secret}
        return [value for name, value in self.credential.items() if name in named and value]


async def batches_of(connector: Connector, kind: str, since: str = "") -> list[Batch]:
    return [batch async for batch in connector.read(kind, since)]


def remotes_in(batches: Sequence[Batch]) -> list[Remote]:
    return [remote for batch in batches for remote in batch.records]


def versions_in(batches: Sequence[Batch]) -> set[tuple[str, str]]:
    return {(remote.remote_id, remote.version) for remote in remotes_in(batches)}


async def wanted(connector: Connector, stage: Stage, number: int) -> Want:
    want = await stage.want(connector, number)
    assert stage.card.ability(want.kind, want.verb) is not None, "the stage wants what the card does not offer"
    return want


async def prepared(trial: Trial, numbers: Iterable[int]) -> list[Want]:
    """The wants of these numbers."""
    return await trial.run(lambda connector: _prepared(connector, trial.stage, numbers))


async def _prepared(connector: Connector, stage: Stage, numbers: Iterable[int]) -> list[Want]:
    return [await wanted(connector, stage, number) for number in numbers]


def _misled(want: Want) -> Want:
    """The same, with its first link leading nowhere."""
    return replace(want, links={**want.links, next(iter(want.links)): "999999999"})


async def written(trial: Trial, numbers: Iterable[int]) -> list[str]:
    """Write the records of these numbers one by one; their keys."""

    async def each(connector: Connector) -> list[str]:
        wants = await _prepared(connector, trial.stage, numbers)
        return [(await connector.write(want)).key for want in wants]

    return await trial.run(each)


async def tells_who_it_is(trial: Trial) -> None:
    """check() names tenant, environment and user, and writes nothing."""
    standing = await trial.run(lambda connector: connector.check())
    assert standing.tenant and standing.environment in ("practice", "dev", "test", "prod") and standing.user
    for advice in standing.advice:
        assert advice.code and advice.sentence and advice.instruction


async def reads_whole_kinds_in_order(trial: Trial) -> None:
    """Every kind of the card: no record twice, oldest change first, the announced number, one last batch."""

    async def read(connector: Connector) -> None:
        for kind in trial.stage.card.reads:
            batches = await batches_of(connector, kind)
            remotes = remotes_in(batches)
            assert [batch.last for batch in batches] == [False] * (len(batches) - 1) + [True], kind
            assert all(batch.kind == kind and batch.cursor for batch in batches), kind
            assert len({remote.remote_id for remote in remotes}) == len(remotes), f"{kind}: a record came twice"
            assert batches[-1].expected in (-1, len(remotes)), f"{kind}: another number was announced"
            assert not [remote.fault for remote in remotes if remote.fault], kind
            _in_order(kind, remotes)
            for remote in remotes:
                assert remote.record is not None and remote.record.ref == f"here/{kind}/{remote.remote_id}"

    await trial.run(read)


def _in_order(kind: str, remotes: Sequence[Remote]) -> None:
    stamps = [remote.record.modified_at for remote in remotes if remote.record and remote.record.modified_at]
    assert stamps == sorted(stamps), f"{kind} is not read oldest change first"


async def goes_on_from_every_cursor(trial: Trial) -> None:
    """A read that broke off after any batch goes on from its cursor and misses nothing."""

    async def broken_off(connector: Connector) -> None:
        for kind in trial.stage.card.reads:
            batches = await batches_of(connector, kind)
            everything = versions_in(batches)
            for count in sorted({1, len(batches) // 2, len(batches)} - {0}):
                rest = await batches_of(connector, kind, batches[count - 1].cursor)
                assert versions_in(batches[:count]) | versions_in(rest) >= everything, kind
                assert rest[-1].last, kind

    await trial.run(broken_off)


async def reads_only_what_changed(trial: Trial) -> None:
    """After a cursor comes what was written since, once, and then nothing new."""

    async def changed(connector: Connector) -> None:
        kind = trial.stage.kind
        before = await batches_of(connector, kind)
        written = await connector.write(await wanted(connector, trial.stage, 100))
        after = await batches_of(connector, kind, before[-1].cursor)
        fresh = versions_in(after) - versions_in(before)
        assert {remote_id for remote_id, _version in fresh} == {written.remote_id}
        assert len(remotes_in(after)) == len(versions_in(after)), "a version came twice"
        again = await batches_of(connector, kind, after[-1].cursor)
        assert versions_in(again) <= versions_in(before) | versions_in(after)

    await trial.run(changed)


async def writes_one_record_for_one_key(trial: Trial) -> None:
    """A KEYED write repeated, or a FINDABLE one looked up first, leaves one record that find() finds."""

    async def twice(connector: Connector) -> None:
        want = await wanted(connector, trial.stage, 200)
        ability = trial.stage.card.ability(want.kind, want.verb)
        assert ability is not None and await connector.find(want.kind, want.key) is None
        first = await connector.write(want)
        found = await connector.find(want.kind, want.key)
        assert isinstance(found, Remote) and found.remote_id == first.remote_id and found.key == want.key
        if ability.capability is Capability.KEYED:
            assert (await connector.write(want)).remote_id == first.remote_id
        records = remotes_in(await batches_of(connector, want.kind))
        assert [remote.remote_id for remote in records if remote.key == want.key] == [first.remote_id]

    await trial.run(twice)


async def writes_many_in_order(trial: Trial) -> None:
    """write_many answers in the order asked, and a refused one takes no other with it."""

    async def many(connector: Connector) -> None:
        wants = await _prepared(connector, trial.stage, range(300, 305))
        ability = trial.stage.card.ability(wants[0].kind, wants[0].verb)
        assert ability is not None and ability.batch >= len(wants)
        wants[2] = _misled(wants[2])
        outcomes = await connector.write_many(wants)
        assert [isinstance(outcome, Written) for outcome in outcomes] == [True, True, False, True, True]
        assert [each.key for each in outcomes if isinstance(each, Written)] == [w.key for w in wants if w != wants[2]]
        assert isinstance(outcomes[2], Refused) and outcomes[2].problem is not None
        found = await connector.find_many(wants[0].kind, [want.key for want in wants] + ["TOabsent-1"])
        assert [isinstance(found[want.key], Remote) for want in wants] == [True, True, False, True, True]
        assert not isinstance(found["TOabsent-1"], Remote)

    await trial.run(many)


async def changes_what_it_wrote(trial: Trial) -> None:
    """An UPDATE by remote id changes the record in place, and whoever had read it a moment before reads it again."""

    async def change(connector: Connector) -> None:
        stage = trial.stage
        assert stage.card.ability(stage.kind, Verb.UPDATE) is not None
        want = await wanted(connector, stage, 450)
        first = await connector.write(want)
        read = await batches_of(connector, stage.kind)
        renewed = replace(want, verb=Verb.UPDATE, token="later", body={**want.body, **stage.change})
        await connector.write(replace(renewed, remote_id=first.remote_id))
        found = await connector.find(stage.kind, want.key)
        since = remotes_in(await batches_of(connector, stage.kind, read[-1].cursor))
        again = [remote for remote in since if remote.remote_id == first.remote_id]
        assert len(again) == 1, "the change was not read"
        for remote in (found, *again):
            assert isinstance(remote, Remote) and remote.remote_id == first.remote_id
            assert {name: getattr(remote.record, name) for name in stage.change} == stage.change

    await trial.run(change)


async def reads_by_the_workspaces_mapping(trial: Trial) -> None:
    """An entry of the workspace lies over ours, and all other fields are read as before."""
    kind, name = trial.stage.kind, next(iter(trial.stage.change))
    entry = {kind: {"fields": {name: {"always": "by the workspace"}}}}
    await written(trial, [460])
    plain = remotes_in(await trial.run(lambda connector: batches_of(connector, kind)))
    ours = remotes_in(await replace(trial, mapping=entry).run(lambda connector: batches_of(connector, kind)))
    assert ours and [each.remote_id for each in ours] == [each.remote_id for each in plain]
    for before, after in zip(plain, ours, strict=True):
        assert before.record is not None and getattr(before.record, name) != "by the workspace"
        assert after.record == replace(before.record, **{name: "by the workspace"})


async def rereads_by_id(trial: Trial) -> None:
    """reread() gives the record for an id that is there and never proof of absence for one it cannot see."""

    async def reread(connector: Connector) -> None:
        kind = trial.stage.card.reads[0]
        remote = remotes_in(await batches_of(connector, kind))[0]
        again = (await connector.reread(kind, [remote.remote_id]))[remote.remote_id]
        assert isinstance(again, Remote) and again.version == remote.version and again.payload == remote.payload

    await trial.run(reread)


async def refuses_with_a_sentence(trial: Trial) -> None:
    """A body the platform cannot take is Refused, with a Problem a person can act on, and nothing is stored."""

    async def refused(connector: Connector) -> None:
        want = await wanted(connector, trial.stage, 400)
        fault = await _fault_of(connector.write(_misled(want)))
        assert isinstance(fault, Refused) and fault.problem is not None
        assert fault.sentence and fault.problem.remedy and fault.problem.code
        assert await connector.find(want.kind, want.key) is None

    await trial.run(refused)


async def a_lost_answer_leaves_a_doubt_that_find_ends(trial: Trial) -> None:
    """On a tenant that loses the answer after the commit: Unexpected with sent, and find() finds the record."""

    async def lost(connector: Connector) -> None:
        want = await wanted(connector, trial.stage, 500)
        fault = await _fault_of(connector.write(want))
        assert isinstance(fault, Unexpected) and fault.sent
        found = await connector.find(want.kind, want.key)
        assert isinstance(found, Remote) and found.key == want.key

    await trial.run(lost)


async def an_ended_token(trial: Trial) -> None:
    """On a tenant that ends tokens early: everything still works without a person, or a person is asked at once."""
    if not trial.stage.renews:
        fault = await _fault_of(written(trial, range(600, 603)))
        assert isinstance(fault, SignInAgain) and fault.remedy
        assert [call.status for call in trial.calls].count(401) == 1
        return
    keys = await written(trial, range(600, 603))
    found = await trial.run(lambda connector: connector.find_many(trial.stage.kind, keys))
    assert all(isinstance(found[key], Remote) for key in keys)


async def a_dead_credential_asks_for_a_person(trial: Trial) -> None:
    """A token that ended is SignInAgain with a remedy; nothing is tried again and again."""
    fault = await _fault_of(trial.run(lambda connector: batches_of(connector, trial.stage.card.reads[0])))
    assert isinstance(fault, SignInAgain) and fault.remedy
    assert len(trial.calls) <= 3


async def a_storm_stores_nothing(trial: Trial, wants: Sequence[Want]) -> Sequence[str]:
    """On a tenant that answers 429: a write either works in the end or is TryLater. Answers the keys that wait."""
    later: list[str] = []

    async def stormy(connector: Connector) -> None:
        for want in wants:
            try:
                await connector.write(want)
            except TryLater as fault:
                assert fault.sentence
                later.append(want.key)

    await trial.run(stormy)
    return later


async def half_a_view_proves_no_absence(trial: Trial, keys: Sequence[str], kind: str) -> None:
    """For a role that sees half: records that exist are found or `Unsure`, never None."""

    async def find(connector: Connector) -> None:
        found = await connector.find_many(kind, keys)
        assert set(found) == set(keys)
        assert all(isinstance(each, Remote | Unsure) for each in found.values()), "a hidden record was called absent"

    await trial.run(find)


async def a_page_that_leads_to_itself_is_a_fault(trial: Trial) -> None:
    """Behind a wire that repeats a page for ever: the read ends with a fault, soon."""
    fault = await _fault_of(trial.run(lambda connector: batches_of(connector, trial.stage.kind)))
    assert isinstance(fault, Unexpected) and fault.sentence and fault.remedy
    assert len(trial.calls) < 40


async def only_the_spoiled_record_is_held(trial: Trial) -> None:
    """Behind a wire that spoils one record: it alone has a fault in place of a record, and the read ends well."""

    async def read(connector: Connector) -> None:
        batches = await batches_of(connector, trial.stage.kind)
        held = [remote for remote in remotes_in(batches) if remote.record is None]
        assert len(held) == 1 and held[0].fault and batches[-1].last
        assert len(remotes_in(batches)) > 1

    await trial.run(read)


async def says_no_secret(trial: Trial) -> None:
    """No credential in a call, a fault, or the text of anything."""
    said: list[str] = []

    async def speak(connector: Connector) -> None:
        said.append(repr(connector))
        want = await wanted(connector, trial.stage, 800)
        said.extend((repr(await connector.check()), repr(await _fault_of(connector.write(_misled(want))))))

    await trial.run(speak)
    said += [repr(call) for call in trial.calls]
    assert trial.secrets and said
    for secret in trial.secrets:
        assert not [text for text in said if secret in text], "a credential was said aloud"


def promises_what_the_card_says(card: Card) -> None:
    """The card is whole: sentences for every field, a capability for every write, kinds Tieout knows."""
    assert card.key and card.title and card.roles and card.reads and card.sign_ins
    for sentence in (card.deletions, card.period_lock, card.drift, card.limits):
        assert sentence.endswith(".")
    fields = [*card.fields, *(each for sign_in in card.sign_ins for each in sign_in.fields)]
    assert all(each.sentence.endswith(".") for each in fields)
    for ability in card.writes:
        assert ability.verb in Verb and ability.capability in Capability and ability.batch >= 1


async def _fault_of(doing: Awaitable[Any]) -> Fault:
    try:
        result = await doing
    except Fault as fault:
        return fault
    raise AssertionError(f"nothing went wrong: {result!r}")
