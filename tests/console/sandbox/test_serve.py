"""Starting and stopping: the ready object, ports, TLS, further tenants, signals."""

import asyncio
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import orjson
import pytest

from console.sandbox import serve
from console.sandbox.port import bind
from console.sandbox.serve import CannotStart, Options, makers, options_from, prepared


def started(*words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "console.sandbox", "--platform", "salesforce", "--json", *words]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_one_json_line_when_ready_and_sigterm_ends_it_cleanly(tmp_path: Path):
    with started("--journal", str(tmp_path / "journal.jsonl"), "--history", "3m") as process:
        ready = orjson.loads(process.stdout.readline())
        told = ready["platforms"]["salesforce"]
        assert set(told) == {"base_url", "sign_ins", "expired_token", "closed_date"}
        assert {"sign_in", "token_url"} <= set(told["sign_ins"][0])
        assert httpx.get(f"{told['base_url']}/-/hello", params={"nonce": "0" * 32}).json()["platform"] == "salesforce"
        process.send_signal(signal.SIGTERM)
        rest, complaints = process.communicate(timeout=20)
        assert (process.returncode, rest, complaints) == (0, b"", b"")


def test_it_ends_when_stdin_closes():
    with started("--until-stdin-closes", "--history", "0") as process:
        assert process.stdout.readline()
        rest, complaints = process.communicate(timeout=20)
        assert (process.returncode, rest, complaints) == (0, b"", b"")


def test_tls_is_trusted_through_its_own_authority_only(opened, tmp_path: Path):
    async def story() -> None:
        async with opened(tls=tmp_path / "tls") as (client, running):
            assert client.base_url.scheme == "https"
            assert (await client.get("/notes")).status_code == 200
            assert running.ready()["ca"] == str(tmp_path / "tls" / "ca.pem")
            async with httpx.AsyncClient(base_url=client.base_url) as stranger:
                with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                    await stranger.get("/notes")

    asyncio.run(story())
    ssl.create_default_context(cafile=tmp_path / "tls" / "ca.pem")
    assert (tmp_path / "tls" / "server.key").stat().st_mode & 0o077 == 0


def test_a_further_tenant_holds_its_entities_and_the_plain_one_the_rest(opened):
    async def story() -> None:
        async with opened("notebook", "notebook:eu", "notebook:spare") as (client, running):
            plain, eu, spare = running.practice.tenants.values()
            assert len({plain.base_url, eu.base_url, spare.base_url}) == 3
            assert {project.entity for project in eu.firm.projects} == {"gb", "de"}
            assert {project.entity for project in plain.firm.projects} == {"us", "jp"}
            assert not spare.firm.projects and not spare.firm.companies and spare.firm.people
            assert {line.project for line in eu.firm.lines} <= {project.key for project in eu.firm.projects}
            assert (await client.get(f"{eu.base_url}/-/hello", params={"nonce": "a" * 32})).json()[
                "key"
            ] == "notebook:eu"

    asyncio.run(story())


def test_ports_follow_one_another(opened):
    async def story(first: int) -> None:
        async with opened("notebook", "notebook:eu", port=first) as (_, running):
            ports = [int(tenant.base_url.rsplit(":", 1)[1]) for tenant in running.practice.tenants.values()]
            assert ports == [first, first + 1]

    with bind(0) as probe:
        free = probe.getsockname()[1]
    asyncio.run(story(free))


def test_a_taken_port_is_a_sentence(opened):
    with bind(0) as taken:
        options = Options(port=taken.getsockname()[1], history_months=0)
        with pytest.raises(CannotStart, match="cannot be used"), prepared(options, {"notebook": lambda *_: None}):
            pass


def test_unknown_and_repeated_platforms_are_refused():
    with pytest.raises(CannotStart, match="no practice platform"):
        makers(["fax"])
    with pytest.raises(CannotStart, match="twice"):
        makers(["salesforce", "salesforce"])


def test_options_are_read_and_nonsense_exits_with_two(capsys: pytest.CaptureFixture[str]):
    words = ["--history", "12m", "--fault", "a:reset", "--fault", "b:slow", "--platform", "netsuite:eu", "--json"]
    options = options_from(words)
    assert (options.history_months, options.as_json) == (12, True)
    assert (options.faults, options.platforms) == (["a:reset", "b:slow"], ["netsuite:eu"])
    assert options_from([]).platforms == serve.PLATFORMS
    with pytest.raises(SystemExit) as left:
        options_from(["--history", "long"])
    assert left.value.code == 2
    assert "history" in capsys.readouterr().err


def test_a_bad_fault_cannot_start(capsys: pytest.CaptureFixture[str]):
    assert serve.main(["--fault", "netsuite:nonsense", "--platform", "salesforce"]) == 1
    assert "names no fault" in capsys.readouterr().err
