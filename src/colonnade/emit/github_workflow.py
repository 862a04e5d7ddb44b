"""A workflow for GitHub: a branch at Neon for each pull request, on which its migrations are rehearsed."""

from __future__ import annotations

from typing import Literal

_WORKFLOW = """\
# Written by colonnade init --github. Set the secret NEON_API_KEY and the variable NEON_PROJECT_ID of the repository.
name: database branch
on:
  pull_request:
    types: [opened, reopened, synchronize, closed]
permissions:
  contents: read
concurrency: database-branch-${{ github.event.number }}
env:
  COLONNADE_BRANCH_PROVIDER: neon
  NEON_API_KEY: ${{ secrets.NEON_API_KEY }}
  NEON_PROJECT_ID: ${{ vars.NEON_PROJECT_ID }}
  BRANCH: pr-${{ github.event.number }}
jobs:
  rehearse:
    # A fork has no secrets.
    if: github.event.action != 'closed' && github.event.pull_request.head.repo.full_name == github.repository
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - name: Install
        run: pip install "colonnade[cli]==@VERSION@" @INSTALL@
      - name: Rehearse the migrations, also on a branch of the default branch that is deleted again
        run: colonnade migrate rehearse @HISTORY@ --branch neon
      - name: Make the branch of this pull request what its parent is now
        run: |
          if colonnade branch list --format json | grep -q "\\"name\\": \\"$BRANCH\\""; then
            colonnade branch reset "$BRANCH"
          else
            colonnade branch create "$BRANCH" --expires 14d
          fi
      - name: Migrate it
        run: |
          url="$(colonnade branch url "$BRANCH")"
          echo "::add-mask::$url"
          @MIGRATE@
      - name: Show what it changes
        run: colonnade branch diff "$BRANCH" --exit-zero >> "$GITHUB_STEP_SUMMARY"
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: rehearsal
          path: rehearsal.json
          if-no-files-found: ignore
  delete:
    if: github.event.action == 'closed' && github.event.pull_request.head.repo.full_name == github.repository
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install "colonnade[cli]==@VERSION@"
      - name: Delete the branch, unless its time was over before
        run: |
          if colonnade branch list --format json | grep -q "\\"name\\": \\"$BRANCH\\""; then
            colonnade branch delete "$BRANCH"
          fi
"""


_MIGRATE = {
    "alembic": 'DATABASE_URL="$url" alembic -c @HISTORY@ upgrade head',
    "files": 'colonnade migrate apply --url "$url" --history @HISTORY@',
}


def workflow(*, version: str, history: str, kind: Literal["alembic", "files"], install: str) -> str:
    """Return the workflow; `history` is an alembic.ini or a folder of SQL files, both quoted for a shell.

    `install` is what pip installs besides ourselves.
    """
    text = _WORKFLOW.replace("@MIGRATE@", _MIGRATE[kind]).replace("@HISTORY@", history).replace("@VERSION@", version)
    return text.replace(" @INSTALL@", f" {install}" if install else "")
