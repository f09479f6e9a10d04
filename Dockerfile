# One image for `serve`, `worker` and `migrate`. The root file system may be read-only: everything
# that the service writes goes to the volume, or to the database that OMTANKE_DATABASE_URL names.
FROM python:3.11-slim AS packages

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements/run.txt /tmp/run.txt
RUN python -m venv /srv/venv \
    && /srv/venv/bin/python -m pip install \
        --require-hashes --no-deps --only-binary :all: -r /tmp/run.txt


FROM python:3.11-slim

RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /nonexistent omtanke \
    && install --directory --owner=omtanke --mode=0700 /var/lib/omtanke

COPY --from=packages /srv/venv /srv/venv
# .dockerignore lets in what runs and nothing else.
COPY . /srv/omtanke

WORKDIR /srv/omtanke
ENV PATH=/srv/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    OMTANKE_DATABASE_URL=sqlite:////var/lib/omtanke/omtanke.db
# By number: Kubernetes can then see that it is not root (runAsNonRoot).
USER 10001
VOLUME /var/lib/omtanke
EXPOSE 8000

# On PostgreSQL: first `docker run ... python -m app.cli migrate`; `worker` may be a container of its
# own, with --no-healthcheck, for it listens on no port.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/livez', timeout=4)"]
CMD ["python", "-m", "app.cli", "serve", "--host", "0.0.0.0"]
