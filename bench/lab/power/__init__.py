"""The power of a whole machine is cut: a virtual one, with Debian's kernel, ext4 and the real store on it."""
