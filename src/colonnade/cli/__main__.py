"""`python -m colonnade.cli`."""

from colonnade.cli.main import main

if __name__ == "__main__":
    main()
