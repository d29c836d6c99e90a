"""Connecting: who we are, and what the Salesforce administrator must still do."""

from __future__ import annotations

import pytest

from console.wire.surface import Advice
from tests.console.platforms.salesforce.stand_in import described, page, refusal, salesforce, speak, statement
from tests.loopback import Asked, Reply, told

VERSIONS = [{"version": f"{number}.0", "label": "x", "url": "/x"} for number in range(50, 66)]


def organisation(asked: Asked) -> Reply | None:
    if "FROM Organization" in statement(asked):
        return page([{"Id": "00D000000000001AAA", "Name": "Norrvik Hale", "IsSandbox": True}])
    if asked.path.endswith("userinfo"):
        return told({"user_id": "005x", "preferred_username": "tieout@example.com"})
    return told(VERSIONS) if asked.path == "/services/data" else None


def advice_of(bent: object) -> list[Advice]:
    def both(asked: Asked) -> Reply | None:
        return bent(asked) or organisation(asked)  # type: ignore[operator, no-any-return]

    with salesforce(both) as there:
        return list(speak(there, lambda connector: connector.check()).advice)


def test_the_tenant_says_who_it_is() -> None:
    with salesforce(organisation) as there:
        standing = speak(there, lambda connector: connector.check())
    assert (standing.tenant, standing.tenant_name) == ("00D000000000001AAA", "Norrvik Hale")
    assert (standing.environment, standing.user, standing.api_version) == ("test", "tieout@example.com", "62.0")
    assert not standing.advice
    assert {asked.method for asked in there.asked} == {"GET"}


def test_a_user_who_may_not_read_the_organisation_is_known_by_its_token() -> None:
    def barred(asked: Asked) -> Reply | None:
        if "FROM Organization" in statement(asked):
            return refusal("INVALID_TYPE", "hidden")
        if asked.path.endswith("userinfo"):
            return told({"organization_id": "00Dx", "name": "Tieout"})
        return None

    with salesforce(barred) as there:
        standing = speak(there, lambda connector: connector.check())
    assert (standing.tenant, standing.environment, standing.user) == ("00Dx", "prod", "Tieout")


def test_missing_fields_are_named_with_type_and_place() -> None:
    def lacking(asked: Asked) -> Reply | None:
        if asked.path.endswith("/Account/describe"):
            return described("Account", ("Id", "Name", "SystemModstamp", "LastModifiedById", "ParentId", "Website"))
        return None

    advice = advice_of(lacking)
    key = next(each for each in advice if "Tieout_Key__c" in each.sentence)
    assert key.code == "missing_field" and key.blocks == ("customer",)
    for word in ("Account", "Text(64), External ID, Unique", "field-level security", "Object Manager"):
        assert word in key.instruction
    standard = next(each for each in advice if "BillingStreet" in each.sentence)
    assert "permission set" in standard.instruction and "Object Manager" not in standard.instruction


def test_a_missing_object_is_described_whole() -> None:
    gone = refusal("NOT_FOUND", "The requested resource does not exist", 404)
    advice = advice_of(lambda asked: gone if "Tieout_Invoice__c/describe" in asked.path else None)
    assert [each.code for each in advice] == ["missing_object"] and advice[0].blocks == ("invoice",)
    for word in ("Tieout_Key__c: Text(64), External ID, Unique", "Amount__c: Currency(16, 2)", "Account__c: Lookup"):
        assert word in advice[0].instruction


def test_a_key_that_is_not_unique_is_named() -> None:
    def loose(asked: Asked) -> Reply | None:
        if "Tieout_Invoice__c/describe" in asked.path:
            return described("Tieout_Invoice__c", externalId=True, unique=False, updateable=True)
        return None

    assert [each.code for each in advice_of(loose)] == ["key_not_unique"]


def test_a_field_we_may_not_write_is_named() -> None:
    def locked(asked: Asked) -> Reply | None:
        return described("Account", updateable=False) if asked.path.endswith("/Account/describe") else None

    named = {each.sentence.split(" ")[0] for each in advice_of(locked)}
    assert named == {"Account.Tieout_Key__c", "Account.ERP_Number__c"}


def test_a_user_who_sees_a_part_is_told_so() -> None:
    def part(asked: Asked) -> Reply | None:
        return page([{"PermissionsViewAllRecords": False}]) if "ObjectPermissions" in statement(asked) else None

    assert {each.code for each in advice_of(part)} == {"sees_part"}


@pytest.mark.parametrize(("newest", "codes"), [(65, []), (71, ["api_version"]), (61, ["api_version"])])
def test_a_version_near_its_end_is_named(newest: int, codes: list[str]) -> None:
    listed = told([{"version": f"{number}.0"} for number in range(40, newest + 1)])
    advice = advice_of(lambda asked: listed if asked.path == "/services/data" else None)
    assert [each.code for each in advice] == codes
