"""`python -m console.sandbox` starts the practice platforms."""

from console.sandbox.serve import main

if __name__ == "__main__":
    raise SystemExit(main())
