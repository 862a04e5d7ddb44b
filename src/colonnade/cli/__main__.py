"""`python -m colonnade.cli`."""

from colonnade.cli import main

if __name__ == "__main__":
    main()
