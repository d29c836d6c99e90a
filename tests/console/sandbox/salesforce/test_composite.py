"""Several requests in one: references between them, all or none, independent batches, trees."""


def composed(org, *parts, **words):
    answer = org.call("POST", "composite", json={"compositeRequest": list(parts), **words})
    assert answer.status_code == 200, answer.text
    return {each["referenceId"]: each for each in answer.json()["compositeResponse"]}


def part(name, method, path, body=None):
    url = f"/services/data/v62.0/{path}"
    return {"referenceId": name, "method": method, "url": url} | ({"body": body} if body is not None else {})


def count(org, name):
    return org.query(f"SELECT COUNT() FROM Account WHERE Name LIKE '{name}%'").json()["totalSize"]


def test_later_requests_use_earlier_answers(org):
    told = composed(
        org,
        part("a", "POST", "sobjects/Account", {"Name": "Composite parent"}),
        part("c", "POST", "sobjects/Contact", {"LastName": "Composite", "AccountId": "@{a.id}"}),
        part("q", "GET", "query?q=SELECT+Id,Name+FROM+Account+WHERE+Id='@{a.id}'"),
        part("d", "PATCH", "sobjects/Account/@{q.records[0].Id}", {"Phone": "@{q.records[0].Name}"}),
    )
    made = told["a"]["body"]["id"]
    assert told["a"]["httpStatusCode"] == 201
    assert told["a"]["httpHeaders"] == {"Location": f"/services/data/v62.0/sobjects/Account/{made}"}
    assert told["d"] == {"body": None, "httpHeaders": {}, "httpStatusCode": 204, "referenceId": "d"}
    assert org.call("GET", f"sobjects/Account/{made}").json()["Phone"] == "Composite parent"
    contact = told["c"]["body"]["id"]
    assert org.call("GET", f"sobjects/Contact/{contact}").json()["AccountId"] == made


def test_a_failure_stays_alone_or_takes_all_back(org):
    good, bad = (
        part("good", "POST", "sobjects/Account", {"Name": "Halted"}),
        part("bad", "POST", "sobjects/Account", {"Phone": "1"}),
    )
    told = composed(org, good, bad)
    assert told["bad"]["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert told["bad"]["httpStatusCode"] == 400
    assert count(org, "Halted") == 1
    lines = len(org.running.practice.journal.entries)
    told = composed(org, good, bad, good | {"referenceId": "after"}, allOrNone=True)
    assert told["good"]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert told["bad"]["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert told["after"]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert count(org, "Halted") == 1
    assert len(org.running.practice.journal.entries) == lines


def test_all_or_none_that_goes_well_is_journalled(org):
    lines = len(org.running.practice.journal.entries)
    told = composed(org, part("x", "POST", "sobjects/Account", {"Name": "Well"}), allOrNone=True)
    assert told["x"]["httpStatusCode"] == 201
    assert len(org.running.practice.journal.entries) == lines + 1


def test_a_reference_that_leads_nowhere(org):
    told = composed(org, part("x", "PATCH", "sobjects/Account/@{none.id}", {"Phone": "1"}))
    assert told["x"]["body"][0]["errorCode"] == "PROCESSING_HALTED"


def test_limits_of_a_composite(org):
    many = [part(f"r{n}", "GET", "limits") for n in range(26)]
    assert org.refused(org.call("POST", "composite", json={"compositeRequest": many}), 400) == "LIMIT_EXCEEDED"
    queries = [part(f"q{n}", "GET", "query?q=SELECT+Id+FROM+Account") for n in range(6)]
    assert org.refused(org.call("POST", "composite", json={"compositeRequest": queries}), 400) == "LIMIT_EXCEEDED"
    assert org.refused(org.call("POST", "composite", json={}), 400) == "REQUIRED_FIELD_MISSING"


def test_a_batch_is_independent(org):
    wanted = {
        "batchRequests": [
            {"method": "POST", "url": "v62.0/sobjects/Account", "richInput": {"Name": "Batch"}},
            {"method": "GET", "url": "v62.0/sobjects/Nothing"},
            {"method": "GET", "url": "/services/data/v62.0/limits"},
        ]
    }
    told = org.call("POST", "composite/batch", json=wanted).json()
    assert told["hasErrors"] is True
    assert [each["statusCode"] for each in told["results"]] == [201, 404, 200]
    halted = org.call("POST", "composite/batch", json=wanted | {"haltOnError": True}).json()
    assert [each["statusCode"] for each in halted["results"]] == [201, 404, 412]


def test_a_tree(org):
    root = {
        "attributes": {"type": "Account", "referenceId": "root"},
        "Name": "Tree",
        "Contacts": {"records": [{"attributes": {"type": "Contact", "referenceId": "leaf"}, "LastName": "Leaf"}]},
    }
    answer = org.call("POST", "composite/tree/Account", json={"records": [root]})
    assert answer.status_code == 201
    ids = {each["referenceId"]: each["id"] for each in answer.json()["results"]}
    assert org.call("GET", f"sobjects/Contact/{ids['leaf']}").json()["AccountId"] == ids["root"]
    bad = {"attributes": {"type": "Account", "referenceId": "bad"}}
    answer = org.call("POST", "composite/tree/Account", json={"records": [root, bad]})
    assert answer.status_code == 400
    assert answer.json()["results"][0]["referenceId"] == "bad"
    assert answer.json()["results"][0]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert count(org, "Tree") == 1
