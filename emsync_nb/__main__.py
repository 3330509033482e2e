"""`python -m emsync_nb` is `emsync`."""

from emsync_nb.cli import main

if __name__ == "__main__":
    main()
