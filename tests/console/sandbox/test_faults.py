"""Reading fault SPECs and deciding which requests they hit."""

import pytest

from console.sandbox.faults import BadFault, FaultPlan, parse_rule


def test_a_spec_may_name_a_further_tenant():
    rule = parse_rule("netsuite:eu:late_commit:timeBill:@3+2:1.5")
    assert (rule.where, rule.fault, rule.kind) == ("netsuite:eu", "late_commit", "timebill")
    assert (rule.first, rule.length, rule.seconds) == (3, 2, 1.5)


@pytest.mark.parametrize("spec", ["", "netsuite", "lost_answer", "netsuite:nonsense", "netsuite:slow:*:often"])
def test_nonsense_is_refused_with_a_sentence(spec: str):
    with pytest.raises(BadFault) as refused:
        parse_rule(spec)
    assert str(refused.value).endswith(".")


def test_a_share_is_the_same_requests_for_the_same_seed():
    def hits(seed: int) -> list[bool]:
        plan = FaultPlan(["kantata:lost_answer:stories:0.3"], seed)
        return [plan.on_wire("/api/v1/stories.json", True) is not None for _ in range(200)]

    assert hits(1) == hits(1) != hits(2)
    assert 30 <= sum(hits(1)) <= 90


def test_only_writes_lose_their_answers_and_only_the_kind_asked_for():
    plan = FaultPlan(["netsuite:lost_answer:timebill:1.0"]).for_tenant("netsuite")
    assert plan.on_wire("/services/rest/record/v1/timeBill/eid:A", False) is None
    assert plan.on_wire("/services/rest/record/v1/customer/eid:A", True) is None
    assert plan.on_wire("/services/rest/record/v1/timeBill/eid:A", True) is not None


def test_a_platform_s_fault_hits_all_its_tenants_and_a_tenant_s_only_itself():
    shared = FaultPlan(["netsuite:rate_storm:*:1.0", "kantata:eu:token_expiry:*:1.0"])
    assert shared.for_tenant("netsuite:eu").wants("rate_storm", "customer")
    assert not shared.for_tenant("kantata").wants("token_expiry", "users")
    assert shared.for_tenant("kantata:eu").wants("token_expiry", "users")


def test_a_fault_added_later_reaches_every_tenant():
    shared = FaultPlan()
    tenant = shared.for_tenant("salesforce")
    assert not tenant.wants("drift", "account")
    shared.add("salesforce:drift:account")
    assert tenant.wants("drift", "Account") and tenant.wants("drift", "Account")
    shared.clear()
    assert not tenant.wants("drift", "account")
