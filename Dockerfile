# One image for web, worker and beat; the command decides (docs/operations.md).

FROM node:24-slim AS frontend
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund
# Templates and Python too: Tailwind looks in templates for the classes it has to make.
COPY . /build
RUN npm run build


FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings.prod \
    BUSK_VAR_DIR=/var/lib/busk \
    FFMPEG_BINARY=/usr/bin/ffmpeg

RUN apt-get update \
    && apt-get install -y --no-install-recommends ffmpeg \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin busk \
    && install -d -o busk -g busk /var/lib/busk

WORKDIR /app
COPY requirements.txt requirements-dev.txt ./
# uv at the version that wrote the requirements; it checks every hash in them.
RUN pip install --no-cache-dir --root-user-action ignore \
        "$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements-dev.txt)" \
    && uv pip install --system --no-cache --compile-bytecode --require-hashes -r requirements.txt

COPY . .
COPY --from=frontend /build/static/dist static/dist
# The key is for this one command and is kept nowhere.
RUN SECRET_KEY=only-for-collecting-static-files python manage.py collectstatic --no-input --verbosity 0

USER busk
VOLUME /var/lib/busk
EXPOSE 8000
# Of the web process; worker and beat are started with --no-healthcheck.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-m", "config.healthcheck"]
# --no-proxy-headers: who the client is behind proxies is decided by BUSK_TRUSTED_PROXIES.
CMD ["uvicorn", "config.asgi:application", "--host", "0.0.0.0", "--port", "8000", \
     "--ws", "websockets-sansio", "--ws-per-message-deflate", "false", "--ws-max-size", "65536", \
     "--no-proxy-headers", "--no-server-header", "--timeout-graceful-shutdown", "5"]
