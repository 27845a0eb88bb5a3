# The production image of manager, worker and load-test operator, for linux/amd64 and linux/arm64; how it is built and
# pushed is in docs/guides/install.md. What it is made from stands here: `npm run pin` writes the digests behind the tags,
# and a release takes no image without one.
ARG NODE_IMAGE=docker.io/library/node:24.21.0-bookworm-slim
ARG GO_IMAGE=docker.io/library/golang:1.26-bookworm
ARG PULUMI_IMAGE=docker.io/pulumi/pulumi-base:3.260.0

FROM ${PULUMI_IMAGE} AS pulumi
ARG TARGETARCH
COPY operator/image/plugins.lock operator/image/install-plugins /tmp/image/
RUN sh /tmp/image/install-plugins /tmp/image/plugins.lock "${TARGETARCH}"

# Compiled for the target on the machine that builds.
FROM --platform=${BUILDPLATFORM} ${GO_IMAGE} AS jail
ARG TARGETARCH
WORKDIR /src
COPY operator/jail ./
RUN CGO_ENABLED=0 GOARCH="${TARGETARCH}" go build -trimpath -ldflags='-s -w' -o /jail .

# Nothing that it makes depends on the architecture.
FROM --platform=${BUILDPLATFORM} ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY operator/framework/package.json ./operator/framework/
# esbuild's program is an optional package; what is optional goes again below.
RUN npm ci
COPY operator ./operator
COPY programs ./programs
COPY charts ./charts
RUN node operator/image/bundle.ts manager manager.js \
  && node operator/image/bundle.ts loadtest loadtest.js \
  && node operator/image/addon-charts.ts charts addon-charts \
  && npm prune --omit=dev --omit=optional

FROM ${NODE_IMAGE}
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates tini \
  && rm -rf /var/lib/apt/lists/* /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx \
  && useradd --uid 10001 --user-group --no-create-home cratekube
COPY --from=pulumi /pulumi/bin/pulumi /pulumi/bin/pulumi-language-nodejs /opt/pulumi/bin/
COPY --from=pulumi /root/.pulumi/plugins /opt/pulumi/plugins
COPY --from=jail /jail /usr/local/bin/jail
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/manager.js /app/loadtest.js /app/package.json ./
COPY operator ./operator
COPY programs ./programs
COPY --from=build /app/addon-charts ./charts
COPY Pulumi.yaml ./
COPY operator/image/aws operator/image/stack-passphrase operator/image/start /usr/local/bin/
# Plugins come from the image alone: neither downloads at run time nor strays on PATH. Pulumi's home has to be
# writable; operator/image/start links the plugins there. The legacy search takes them for older versions too, for
# who works on a stack by hand in the pod; runs name theirs (operator/engine/plugins.ts).
ENV PATH=/opt/pulumi/bin:/usr/local/bin:/usr/bin:/bin \
    PULUMI_HOME=/tmp/pulumi \
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true \
    PULUMI_IGNORE_AMBIENT_PLUGINS=true \
    PULUMI_ENABLE_LEGACY_PLUGIN_SEARCH=true \
    PULUMI_SKIP_UPDATE_CHECK=true \
    NODE_ENV=production
USER 10001:10001
ENTRYPOINT ["tini", "--", "start"]
CMD ["manager.js"]
