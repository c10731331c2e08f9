# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes wrong, in words for who typed the command."""


class Trouble(Exception):
    """Ends the command with its text and exit status 2."""
