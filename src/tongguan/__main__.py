"""python -m tongguan: the same as the command."""

from tongguan.cli import main

main()
