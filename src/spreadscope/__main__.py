"""``python -m spreadscope`` is the ``spreadscope`` command."""

from spreadscope.entry import main

if __name__ == "__main__":
    main()
