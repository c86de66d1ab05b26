"""What is done with a picture of a paper: find it, judge it, straighten it, make a file of it.

Pure functions on arrays. OpenCV is used here and imported in the camera's child process only (`page_task`), never in
the terminal's own.
"""
