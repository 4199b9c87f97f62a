# syntax=docker/dockerfile:1
# Two stages: the compiler stays in the first. Queries are checked against the
# committed .sqlx, so building needs no database.
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin hustings && install -D target/release/hustings /out/hustings

FROM debian:bookworm-slim
# Certificates for mail and databases over TLS; no PostgreSQL: DATABASE_URL names one.
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin hustings \
    && install --directory --owner hustings --group hustings --mode 0700 /keys
COPY --from=build /out/hustings /usr/local/bin/hustings
# A volume that is mounted here first takes over the folder's owner and mode.
ENV HUSTINGS_LISTEN=0.0.0.0:8080 HUSTINGS_KEY_DIR=/keys
USER hustings
EXPOSE 8080
ENTRYPOINT ["hustings"]
CMD ["serve"]
