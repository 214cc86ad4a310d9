# Build: the front end and the wheel. Run: the wheel, as a user without rights.
FROM python:3.13-slim AS build
COPY --from=node:22-slim /usr/local/bin/node /usr/local/bin/node
COPY --from=node:22-slim /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
 && pip install --no-cache-dir uv
WORKDIR /src
COPY . .
RUN uv build --wheel -o /dist \
 && uv export --frozen --no-dev --no-group web --no-emit-project --extra server --extra postgres --extra valkey -o /dist/requirements.txt

FROM python:3.13-slim
RUN useradd --system --create-home --home-dir /data callingcard
COPY --from=build /dist /dist
RUN pip install --no-cache-dir --require-hashes -r /dist/requirements.txt \
 && pip install --no-cache-dir --no-deps /dist/*.whl && rm -r /dist
USER callingcard
WORKDIR /data
VOLUME /data
ENV CALLINGCARD_DATA_DIR=/data CALLINGCARD_SERVER__HOST=0.0.0.0
EXPOSE 8400
HEALTHCHECK --interval=10s --timeout=3s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8400/readyz', timeout=2)"]
CMD ["callingcard", "serve"]
