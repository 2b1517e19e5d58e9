# The container image: one executable, HAProxy, and what these two need. No shell, no package manager.
# What is in it, how to run it, and what of this was tried where: docs/image.md

FROM node:22-trixie-slim AS build
# binutils takes symbols off the executable; git tells the build which commit it is of.
RUN apt-get update \
  && apt-get install -y --no-install-recommends binutils ca-certificates git haproxy \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
# Named, so that what is built does not depend on whether Deno's runtime can be downloaded.
RUN npx -y deno@2.9.6 task build --runtime node
RUN npx -y deno@2.9.6 task rootfs --output /rootfs

FROM scratch
LABEL org.opencontainers.image.title="marathon-lb" \
  org.opencontainers.image.description="Serves the apps of Marathon through HAProxy" \
  org.opencontainers.image.version="1.1.0" \
  org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /rootfs/ /
# One arena: with one for each of its threads the runtime holds tens of megabytes that nothing uses. HAProxy does not get it.
ENV PATH=/usr/local/bin:/usr/sbin MALLOC_ARENA_MAX=1
WORKDIR /marathon-lb
EXPOSE 80 443 9090 9091
STOPSIGNAL SIGTERM
# Longer than the 5 s after which the program itself gives up.
HEALTHCHECK --interval=10s --timeout=10s --start-period=60s --retries=3 \
  CMD ["/usr/local/bin/marathon-lb", "health"]
ENTRYPOINT ["/usr/local/bin/marathon-lb"]
CMD ["sse", "--health-check", "--group", "external"]
