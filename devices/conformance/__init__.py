"""One suite of checks that any driver passes or fails, ours or somebody else's, on its emulator or on real hardware.

`suite.CHECKS` is the list, `suite.run` works through it and gives a `report.Report`. What differs between devices (what
to order, what to put before it, which answer is right) is data, one file for each device in `kinds`. Nothing is known
of a driver but its `DriverSpec` and the hub's events, so a driver cannot be treated kindly by accident.
"""
