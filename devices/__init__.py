"""Every byte to and from hardware: transports, codecs, drivers, the supervisor of each device, and the emulators.

A transport moves bytes, a codec turns bytes into values without any IO, a driver knows commands and state, a supervisor
opens, probes, backs off and reopens. `devices.registry.build_hub` puts them together; nothing else is meant for others.
"""
