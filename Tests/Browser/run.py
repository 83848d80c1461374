"""Tests component and console: run.py ADDRESS CHROMIUM [PART OF A NAME]. The last line says how many passed."""

import sys

import access_tests
import component_tests
import console_tests
import dead_letter_tests
import element_tests
import framework_tests
import oversight_tests
import purge_tests
import reading_tests
import rollout_tests
import run_tests
import sending_tests
import types_tests
import welcome_tests
from harness import run_all

if __name__ == "__main__":
    modules = [component_tests, reading_tests, sending_tests, element_tests, framework_tests, console_tests,
               dead_letter_tests, run_tests, oversight_tests, rollout_tests, welcome_tests, access_tests, purge_tests,
               types_tests]
    passed, failed, skipped = run_all([test for module in modules for test in module.TESTS], *sys.argv[1:])
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed or not passed else 0)
