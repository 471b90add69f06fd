# One image for web, worker, beat and the pretend AFAS; docker-compose.yml says which runs what.
FROM python:3.12-slim AS packages
COPY requirements/base.txt /tmp/base.txt
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/base.txt

FROM python:3.12-slim
RUN useradd --create-home --uid 1000 app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
RUN python -m tools.messages compile \
 && DEBUG=1 python manage.py collectstatic --noinput \
 && mkdir -p var/media var/state && chown -R app var
USER app
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "timechimp_afas.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "8"]
