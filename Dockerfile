# The image of Coppice.
#
#   docker build -t coppice .                        the server, for one machine
#   docker build -t coppice:litefs --target litefs . the same under LiteFS, for a cluster
#
# docs/deploy.md says how to run them and what they weigh; `./dev test image` builds them without
# Docker and tries them.
ARG DEBIAN=debian:bookworm-slim
ARG LITEFS=flyio/litefs:0.5.14

# -- What the build needs: the group `build` of scripts/packages, by the code that ./dev uses.
FROM ${DEBIAN} AS tools
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
WORKDIR /src
COPY scripts/common.sh scripts/setup.sh scripts/packages scripts/
RUN apt-get update -q \
 && source scripts/common.sh && source scripts/setup.sh && setup_packages build \
 && rm -rf /var/lib/apt/lists/*

# -- The release, the root of the image in /image, and in /data an empty volume.
FROM tools AS builder
COPY CMakeLists.txt CMakePresets.json LICENSE ./
COPY cmake cmake
COPY migrations migrations
COPY src src
COPY web web
COPY scripts/build.sh scripts/image-root scripts/
# Compilers at once; without it as many as there are cores and memory for.
ARG COPPICE_JOBS
RUN source scripts/common.sh && source scripts/build.sh \
 && cmake --preset release -DCOPPICE_TESTS=OFF -DCOPPICE_EXAMPLES=OFF -DCOPPICE_BENCH=OFF \
 && build_preset release coppice \
 && scripts/image-root build/release/coppice /image \
 && install -d -m 750 /data

# -- Under LiteFS, which is the first process, mounts, and starts the server as its user.
FROM ${LITEFS} AS litefs-binary
FROM ${DEBIAN} AS litefs
RUN apt-get update -q \
 && apt-get install -q -y --no-install-recommends ca-certificates fuse3 \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 65532 coppice \
 && useradd --system --uid 65532 --gid 65532 --home-dir /data --no-create-home \
            --shell /usr/sbin/nologin coppice \
 && install -d /data /litefs
COPY --from=litefs-binary /usr/local/bin/litefs /usr/local/bin/litefs
COPY --from=builder /image/usr/ /usr/
# Which versions those libraries have, some of which are in the place of this Debian's own.
COPY --from=builder /image/var/ /var/
COPY litefs.yml /etc/litefs.yml
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="Coppice under LiteFS" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV COPPICE_ENV=prod \
    PORT=4000 \
    DATABASE_PATH=/litefs/coppice.db \
    BACKUP_PATH=/data/backups \
    CRASH_PATH=/data/crashes \
    ADMIN_SOCKET=/tmp/coppice-admin.sock \
    APP_VERSION=${VERSION}
VOLUME ["/data"]
EXPOSE 4000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["/usr/local/bin/coppice", "health"]
ENTRYPOINT ["/usr/local/bin/litefs"]
CMD ["mount"]

# -- The server. The last stage, so that it is what a plain `docker build` makes.
FROM scratch AS runtime
COPY --from=builder /image/ /
COPY --from=builder --chown=65532:65532 /data /data
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="Coppice" \
      org.opencontainers.image.description="A backend whose every part is an actor in a supervision tree" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The database's folder holds databases only; the rest has places of its own. Not every host's
# volumes can hold a socket, so that is in /tmp. An empty APP_VERSION is as if there were none: then
# the program's own holds.
ENV PATH=/usr/local/bin \
    COPPICE_ENV=prod \
    PORT=4000 \
    DATABASE_PATH=/data/database/coppice.db \
    BACKUP_PATH=/data/backups \
    CRASH_PATH=/data/crashes \
    ADMIN_SOCKET=/tmp/coppice-admin.sock \
    APP_VERSION=${VERSION}
USER 65532:65532
VOLUME ["/data"]
EXPOSE 4000
# The server waits for it as the first process as well, and has no children to reap but orphans,
# which the kernel takes.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
  CMD ["/usr/local/bin/coppice", "health"]
ENTRYPOINT ["/usr/local/bin/coppice"]
CMD ["server"]
