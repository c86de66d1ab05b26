"""One module per command, each with ``main(arguments) -> exit code``. Imported only when asked for."""
