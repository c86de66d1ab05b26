"""The fault lab: breaks the terminal on purpose and counts what was lost. `./run lab --help` lists the experiments."""
