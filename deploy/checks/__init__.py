"""What checks the files under deploy/. Runs in .venv-deploy: `make check-deploy`."""
