# Warmline with its embedded models: two cores, no GPU, and nothing is fetched while it runs. docs/operate.md tells how
# to run it. Build with --build-arg WEIGHTS=0 for a small image that takes its models from a mounted volume.
ARG BASE=debian:12-slim

FROM ${BASE} AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3-venv \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN python3 -m venv /opt/warmline \
 && /opt/warmline/bin/pip install --no-cache-dir ".[webrtc,postgresql,plots]"

FROM ${BASE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 libgomp1 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --shell /usr/sbin/nologin --home-dir /var/lib/warmline --uid 10001 warmline
COPY --from=build /opt/warmline /opt/warmline
ENV PATH=/opt/warmline/bin:$PATH \
    WARMLINE_CACHE=/var/lib/warmline/models \
    WARMLINE_SERVER__HOST=0.0.0.0
USER warmline
WORKDIR /var/lib/warmline
ARG WEIGHTS=1
RUN mkdir -p models/prompts store \
 && if [ "$WEIGHTS" = 1 ]; then warmline weights fetch; fi
EXPOSE 8040
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=90s \
    CMD python3 -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8040/healthz', timeout=2)"
ENTRYPOINT ["warmline"]
CMD ["serve"]
