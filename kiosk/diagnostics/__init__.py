"""How a technician tests a terminal: guided tests and the readiness report, without screens, devices or clock.

The technician's page and `./run diag` drive the same machine and build the same report.
"""
