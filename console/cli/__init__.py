"""The headless verbs: the same acts as in the window, one command each, with `--json` for programs."""

from __future__ import annotations

import os
import sys

import typer

from console.cli import asking, connecting, demonstrating, measuring, moving, queueing, showing, tools
from console.cli.opening import one_verb
from console.cli.speaking import Refusal, say_fault
from console.desk.connecting import WrongUse
from console.sync.acts import NotPossible
from console.sync.session import collect_seldom
from console.sync.worker import Occupied
from console.vault import VaultFault
from console.wire.faults import Fault
from console.words import _
from local_db.store import StoreFault

app = typer.Typer(
    name="tieout",
    help=_("Keeps a firm's CRM, PSA and ERP in step, repairs failed records, and shows every step."),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for part in (demonstrating, connecting, moving, showing, queueing, asking, measuring, tools):
    part.add_to(app)


EXPECTED = (Fault, StoreFault, VaultFault, NotPossible, Occupied, Refusal)


def main() -> int:
    """Run one verb. 0 done, 1 something unexpected is held or failed (one sentence), 2 wrong use."""
    collect_seldom()
    try:
        with one_verb():
            answer = app(standalone_mode=False)
    except WrongUse as wrong:
        return _ended(str(wrong), 2)
    except EXPECTED as fault:
        return _ended(str(fault), 1)
    except KeyboardInterrupt:
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read us has gone
        return 1
    except Exception as fault:
        code = getattr(fault, "exit_code", None)
        if code is None:
            raise
        described = getattr(fault, "format_message", None)
        return _ended(_("{what} See --help.", what=described()) if described else "", int(code))
    return answer if isinstance(answer, int) else 0


def _ended(sentence: str, code: int) -> int:
    if sentence:
        say_fault(sentence)
    return code


if __name__ == "__main__":
    sys.exit(main())
