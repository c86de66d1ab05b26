"""The screens of the terminal: passive Qt widgets that paint a view and say what the hand did."""
