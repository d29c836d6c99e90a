from tests.console.sync.conftest import *
def test_try(sold):
    firm = sold
    r = firm.run()
    print(r)
    for row in firm.intents(): print(row.target,row.kind,row.verb,row.state,row.why,row.remote_id,row.confirmed)
    for h in firm.held(): print(h.problem,h.sentence,h.subject)
    print(firm.erp.commits, firm.psa.commits)
    assert 0
