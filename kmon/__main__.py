from kmon.cli import main

main()
