"""Start Tieout or one of its headless verbs; the first start sets this machine up."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def main() -> int:
    sys.path.insert(0, str(ROOT / "packaging"))
    import bootstrap

    if not bootstrap.at_home(sys.argv[1:]):
        return bootstrap.start(sys.argv[1:])
    sys.path[0] = str(ROOT)
    try:
        from console.cli import main as run

        return run() or 0
    except ImportError as missing:
        return bootstrap.mend(sys.argv[1:], missing)


if __name__ == "__main__":
    sys.exit(main())
