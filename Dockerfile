# The program alone, static, without a shell, as a user without rights:
#
#     docker build -t wirelint .
#     docker run --rm -v "$PWD:/repository:ro" wirelint
#
# Releases replace the stage `build` by a folder with the programs of each platform (`--build-context build=FOLDER`), so that the
# image holds the very files that were released.
FROM rust:1.90-alpine AS build
# BuildKit says the platform of the image; a default here would win over it.
ARG TARGETARCH
RUN apk add --no-cache build-base=~0.5
WORKDIR /source
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
COPY rules rules
COPY src src
RUN cargo build --locked --profile dist \
    && install -D target/dist/wirelint "/linux-${TARGETARCH}/wirelint"

FROM scratch
ARG TARGETARCH
LABEL org.opencontainers.image.title="wirelint" \
      org.opencontainers.image.description="Follows every browser-to-backend connection of a repository and reports what breaks" \
      org.opencontainers.image.source="https://github.com/wirelint/wirelint" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build --chmod=755 /linux-${TARGETARCH}/wirelint /wirelint
USER 65532:65532
WORKDIR /repository
ENTRYPOINT ["/wirelint"]
