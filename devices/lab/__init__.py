"""The lab: our drivers and emulators against programs that nobody here wrote.

`./run devices lab` installs those peers where they are missing (system packages of deploy/apt-lab.txt, one npm package
into a cache folder), starts each in a folder of its own, plays a few days of a terminal's life with it, and ends what
it started. Each peer is one module with `NAME`, `ABOUT` and `play(report, folder)`.

ipp       our IPP driver on ippeveprinter, the reference printer of CUPS
cups      the same driver on a CUPS queue that prints there
receipt   our emulated receipt printer with receiptio, an ESC/POS host
modbus    our lamp and input board driver on pymodbus' server
nut       our UPS driver on NUT's server with its dummy UPS
"""
