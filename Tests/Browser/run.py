"""Tests component and console: run.py ADDRESS CHROMIUM [PART OF A NAME]. The last line says how many passed."""

import sys

import component_tests
import console_tests
import framework_tests
import oversight_tests
from harness import run_all

if __name__ == "__main__":
    modules = [component_tests, framework_tests, console_tests, oversight_tests]
    passed, failed = run_all([test for module in modules for test in module.TESTS], *sys.argv[1:])
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)
