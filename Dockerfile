# Inkpad's web server and workers in one image; compose.yaml shows how they run together.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=dashboard.settings \
    STATIC_ROOT=/srv/static

WORKDIR /srv/inkpad
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock

COPY manage.py ./
COPY dashboard dashboard
COPY fingerprint_integration fingerprint_integration
COPY static static
COPY templates templates
# The values are for this one command; a container gets its own.
RUN SECRET_KEY=building-static-files AUDIT_LOOKUP_KEYS= FINGERPRINT_API_KEY=none \
    python manage.py collectstatic --no-input --verbosity 0 \
    && useradd --system --no-create-home inkpad \
    && install -d -o inkpad /var/lib/inkpad
USER inkpad

EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--no-ws", "--host", "0.0.0.0", "--port", "8000", \
     "--workers", "2", "--blocking-threads", "8", "dashboard.wsgi:application"]
