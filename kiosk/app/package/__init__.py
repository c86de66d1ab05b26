"""What ``./run package`` does with the author's tools: files, printed words, pictures and the window."""
