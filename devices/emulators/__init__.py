"""Stand-ins for the hardware that speak its bytes: on pseudo-terminals, paced at the baud the host set, or on loopback.

A program of its own (`python -m devices.emulators --dir D`), so that the terminal cannot tell it from hardware but by
the addresses in its settings (`D/addresses.json`). Faults are asked for over a control socket.
"""
