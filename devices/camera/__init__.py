"""Cameras. Pictures are taken and looked at in a child process of their own, which can be thrown away.

A picture somebody holds up is the one input of a terminal that anybody can shape down to the last bit, and what reads
it is native code. So the terminal's process imports neither OpenCV nor a decoder: `host` (in the terminal) starts
`child` (everything else here), which has limits on memory, time and files and hands over small messages.
"""
