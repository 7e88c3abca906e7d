# syntax=docker/dockerfile:1
# Builds gwcost, and an image with nothing but the binary, the C library and the certificates that TLS needs.
# The first build takes some tens of minutes, because the query engine is large.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo install --path . --profile dist --locked --root /out

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /out/bin/gwcost /usr/local/bin/gwcost
# The user's own folder, so that a lake can be made in it without a volume.
WORKDIR /home/nonroot
ENTRYPOINT ["/usr/local/bin/gwcost"]
