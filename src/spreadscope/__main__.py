"""``python -m spreadscope`` is the ``spreadscope`` command."""

from spreadscope.cli import main

if __name__ == "__main__":
    main()
