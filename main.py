"""Start a command: ``python main.py COMMAND [options]``. ``./run`` sets up what is missing, then comes here."""

import sys

if __name__ == "__main__":
    from kiosk.app.cli import main

    sys.exit(main(sys.argv[1:]))
