"""deploy/bin/up, plan and down: from an empty AWS account to a page that answers.

Standard library only: whoever runs it has Python 3.11 and the tools that it checks first.
"""
