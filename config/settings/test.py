"""The suite: dev.py with its own database, files and fast passwords."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from config.embedded.postgres import usual_home

# A cluster beside the one of `make run`, kept from run to run; servers that tests start bring their own.
os.environ.setdefault("BUSK_POSTGRES_DIR", str(usual_home() / "tests"))
if "BUSK_VAR_DIR" not in os.environ:  # whoever made it removes it: xdist's workers inherit it
    os.environ["BUSK_VAR_DIR"] = tempfile.mkdtemp(prefix="busk-test-")
    atexit.register(shutil.rmtree, os.environ["BUSK_VAR_DIR"], ignore_errors=True)

from config.settings.dev import *
from config.settings.dev import DATABASES

VAR_DIR = Path(os.environ["BUSK_VAR_DIR"])
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
DATABASES["default"]["TEST"] = {"NAME": os.environ.get("BUSK_TEST_DB", "test_busk"), "TEMPLATE": "template0"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ACCOUNT_RATE_LIMITS = {}
# Static files straight from the sources: the suite collects none.
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
# Tests of payments run a sandbox of their own.
PAYMENTS = "off"
