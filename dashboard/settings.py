"""Every setting of Inkpad: one file, read from the environment.

What may differ between machines is an environment variable, documented in .env.example and checked by
`manage.py check` (dashboard/core/checks.py) before the server starts. A value that cannot be read is kept in
SETTINGS_PROBLEMS and reported by that check in words, instead of a traceback at import.
"""

import os
from datetime import date, timedelta
from pathlib import Path

import dj_database_url

from dashboard.core.environment import Environment
from dashboard.deletions.clocks import read_rule
from dashboard.events.rulesets import read_ruleset
from dashboard.events.score_weights import read_weight

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment(os.environ)

# -- The process --------------------------------------------------------------------------------------------
DEBUG = env.flag("DEBUG", default=False)
# Django refuses an empty key with a traceback; a placeholder lets the check (inkpad.E002) say it in a sentence.
SECRET_KEY = env.text("SECRET_KEY", default="missing")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", default="localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", default="")
BEHIND_TLS = env.flag("BEHIND_TLS", default=False)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "lucide",
    "csp",
    "allauth",
    "allauth.account",
    "dashboard.core",
    "dashboard.audit",
    "dashboard.accounts",
    "dashboard.notices",
    "dashboard.events",
    "dashboard.visitors",
    "dashboard.tagging",
    "dashboard.deletions",
    "dashboard.status",
    "dashboard.home",
    "dashboard.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "dashboard.core.server_timing.ServerTiming",
    # A page of 100 rows is ten times smaller so. Its length is blurred (BREACH), and form tokens are masked anyway.
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "dashboard.core.middleware.RequestLog",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "dashboard.accounts.sessions.SessionLimits",
    "dashboard.core.middleware.PersonalPages",
    "dashboard.status.middleware.WatchFingerprint",
    "dashboard.core.middleware.ProviderErrors",
    "dashboard.audit.middleware.AuditRequests",
]

ROOT_URLCONF = "dashboard.urls"
WSGI_APPLICATION = "dashboard.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "dashboard.core.navigation.frame",
            ],
            "builtins": ["dashboard.core.templatetags.inkpad", "template_partials.templatetags.partials"],
        },
    }
]

# -- What is stored -----------------------------------------------------------------------------------------
DATABASES = {"default": dj_database_url.parse(env.text("DATABASE_URL", default=f"sqlite:///{BASE_DIR}/inkpad.sqlite3"))}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Writers queue up instead of failing with "database is locked", and a power cut loses no commit.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;",
    }
else:
    DATABASES["default"]["OPTIONS"] = {"pool": {"min_size": 1, "max_size": 16}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SNAPSHOT_LIFETIME = timedelta(minutes=env.number("SNAPSHOT_MINUTES", default=60, at_least=1))
EXPORT_LIFETIME = timedelta(hours=env.number("EXPORT_HOURS", default=48, at_least=1))

# -- Redis or Valkey: the shared rate budget; the broker may be another server --------------------
REDIS_URL = env.text("REDIS_URL", default="redis://127.0.0.1:6379/0")
BROKER_URL = env.text("BROKER_URL", default="") or REDIS_URL.replace("unix://", "redis+socket://", 1)
# What counts sign-in attempts lives in the database: with Redis away nobody may guess passwords without limit, nor be
# kept out. Keys are hashed, for they hold addresses.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "inkpad_cache",
        "KEY_FUNCTION": "dashboard.accounts.attempts.hashed_key",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# -- Fingerprint --------------------------------------------------------------------------------------------
FINGERPRINT_API_KEY = env.text("FINGERPRINT_API_KEY", default="")
FINGERPRINT_REGION = env.choice("FINGERPRINT_REGION", ("us", "eu", "ap"), default="us")
FINGERPRINT_API_VERSION = env.choice("FINGERPRINT_API_VERSION", ("v4", "v3"), default="v4")
FINGERPRINT_BASE_URL = env.text("FINGERPRINT_BASE_URL", default="")
FINGERPRINT_ENVIRONMENT = env.text("FINGERPRINT_ENVIRONMENT", default="Production")
FINGERPRINT_RETENTION_DAYS = env.number("FINGERPRINT_RETENTION_DAYS", default=90, at_least=1)
# The end of v3 was moved several times; the newest notice (v3 description 3.10.0, 2026-10-29) says this day.
FINGERPRINT_V3_END = env.day("FINGERPRINT_V3_END", default=date(2027, 10, 31))
FINGERPRINT_TIMEOUT_SECONDS = env.number("FINGERPRINT_TIMEOUT_SECONDS", default=10, at_least=1)
# From how many seconds on a page that waited for Fingerprint counts as slow.
FINGERPRINT_SLOW_SECONDS = env.number("FINGERPRINT_SLOW_SECONDS", default=4, at_least=1)
FINGERPRINT_RATE_PER_SECOND = env.number("FINGERPRINT_RATE_PER_SECOND", default=5, at_least=1)
FINGERPRINT_BURST = env.number("FINGERPRINT_BURST", default=15, at_least=1)

# -- Notes: how long their author may still change or remove them -------------------------------------------
NOTE_EDITABLE_FOR = timedelta(minutes=env.number("NOTE_EDITABLE_MINUTES", default=60, at_least=0))
# Files of a note: how many, and how many MB each. 0 files: notes take none.
NOTE_FILES = env.number("NOTE_FILES", default=5, at_least=0)
NOTE_FILE_MB = env.number("NOTE_FILE_MB", default=2, at_least=1)

# -- Visitors that people follow: how often Fingerprint is asked about each ---------------------------------
FOLLOW_EVERY = timedelta(minutes=env.number("FOLLOW_EVERY_MINUTES", default=60, at_least=1))

# How what stands in a ticket becomes a linked id, see core/linked_ids.py.
LINKED_ID_RECIPES = env.words("LINKED_ID_RECIPES", default="as-typed")

# What each finding adds to the suspect score, copied from Fingerprint's dashboard, see events/score_weights.py.
SUSPECT_SCORE_WEIGHTS = env.entries("SUSPECT_SCORE_WEIGHTS", read_weight, about=lambda weight: weight.finding)
# Rulesets of the workspace that staff may ask what they would do with an event, see events/rulesets.py.
FINGERPRINT_RULESETS = env.entries("FINGERPRINT_RULESETS", read_ruleset, about=lambda ruleset: ruleset.ruleset_id)

# -- Changing many events -----------------------------------------------------------------------------------
# A job of more events than this runs only after a second person approved it.
JOB_SECOND_PERSON_ABOVE = env.number("JOB_SECOND_PERSON_ABOVE", default=1000, at_least=1)

# -- Deletions ----------------------------------------------------------------------------------------------
DELETE_QUOTA_PER_HOUR = env.number("DELETE_QUOTA_PER_HOUR", default=30, at_least=0)
DELETE_QUOTA_PER_DAY = env.number("DELETE_QUOTA_PER_DAY", default=500, at_least=0)
DELETION_COOLING_OFF = timedelta(minutes=env.number("DELETION_COOLING_OFF_MINUTES", default=30, at_least=0))
DELETION_APPROVAL_LIFETIME = timedelta(days=env.number("DELETION_APPROVAL_DAYS", default=7, at_least=1))
DELETION_RECORD_MONTHS = env.number("DELETION_RECORD_MONTHS", default=24, at_least=1)
DELETION_RULES = env.entries("DELETION_RULES", read_rule)

# -- Audit log: keys for looking up personal values without reading them, newest last -----------------------
AUDIT_LOOKUP_KEYS = env.keys("AUDIT_LOOKUP_KEYS")
# The key that signs checkpoints of the log is needed only where it is sealed; whoever verifies needs its public half.
AUDIT_SIGNING_KEY = env.text("AUDIT_SIGNING_KEY", default="")
AUDIT_VERIFIER_KEYS = env.words("AUDIT_VERIFIER_KEYS", default="")
AUDIT_CHECKPOINT_FILE = env.text("AUDIT_CHECKPOINT_FILE", default="")
AUDIT_VALUE_LIFETIME = timedelta(days=env.number("AUDIT_VALUE_DAYS", default=90, at_least=1))
AUDIT_VERIFY_EVERY = timedelta(hours=env.number("AUDIT_VERIFY_EVERY_HOURS", default=24, at_least=1))

# -- People and sign-in -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home:home"
ACCOUNT_ADAPTER = "dashboard.accounts.adapter.StaffAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
# A reset asked for an address nobody here has sends nothing: mail to strangers is not ours to send.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
# What cannot be taken back asks for the password again after this long.
FRESH_SIGN_IN = timedelta(minutes=env.number("FRESH_SIGN_IN_MINUTES", default=15, at_least=1))
ACCOUNT_REAUTHENTICATION_TIMEOUT = int(FRESH_SIGN_IN.total_seconds())
# Who got a role a shorter while ago cannot approve with it.
APPROVER_ROLE_AGE = timedelta(hours=env.number("APPROVER_ROLE_HOURS", default=24, at_least=0))
# Hidden values that one person may reveal within an hour; searches by such a value count too.
REVEALS_PER_HOUR = env.number("REVEALS_PER_HOUR", default=60, at_least=0)
# A session ends when nothing was done for so long, and in any case after so long.
SESSION_IDLE = timedelta(minutes=env.number("SESSION_IDLE_MINUTES", default=60, at_least=1))
SESSION_LASTS = timedelta(hours=env.number("SESSION_HOURS", default=12, at_least=1))
SESSION_COOKIE_AGE = int(SESSION_LASTS.total_seconds())
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
CSRF_FAILURE_VIEW = "dashboard.core.errors.csrf_failure"

# -- Notices and their e-mails ------------------------------------------------------------------------------
vars().update(env.email("EMAIL_URL"))
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", default="inkpad@localhost")
# A worker sends the mails, and a worker has no request to read our address from.
PUBLIC_URL = env.text("PUBLIC_URL", default="").rstrip("/")
NOTICE_LIFETIME = timedelta(days=env.number("NOTICE_DAYS", default=90, at_least=1))

# -- Security headers ---------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60

# -- Words, times, files ------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.zone("TIME_ZONE_DEFAULT", default="UTC")
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Larger files are read past, not kept: 100,000 ids with some columns beside them fit.
UPLOAD_MOST_BYTES = 8 * 1024 * 1024
# However many files a form sends, no more than this is held of them.
UPLOAD_MOST_BYTES_TOGETHER = max(UPLOAD_MOST_BYTES, NOTE_FILES * NOTE_FILE_MB * 1024 * 1024)
FILE_UPLOAD_HANDLERS = ["dashboard.core.uploads.SmallFiles"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# -- Logs: one line an act, the route's name instead of the path, never a personal value --------------------
LOG_FORMAT = env.choice("LOG_FORMAT", ("json", "console"), default="json")
LOGGING_CONFIG = "dashboard.core.logs.configure"
LOGGING = {
    "format": LOG_FORMAT,
    "level": env.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), default="INFO"),
}

SETTINGS_PROBLEMS = env.problems
