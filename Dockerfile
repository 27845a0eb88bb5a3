# The production image of manager, worker and load-test operator.
# docker build -t ghcr.io/cratekube/cratekube:0.1.0 .
ARG NODE_VERSION=24.21.0
ARG PULUMI_VERSION=3.260.0

FROM pulumi/pulumi-base:${PULUMI_VERSION} AS pulumi
# The versions are those of package.json, for the SDK asks for its own: test/unit/packaging.test.ts.
RUN pulumi plugin install resource aws 7.48.0 \
  && pulumi plugin install resource eks 4.3.0 \
  && pulumi plugin install resource kubernetes 4.34.2

FROM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# esbuild's program is an optional package; what is optional goes again below.
RUN npm ci
COPY operator ./operator
COPY programs ./programs
RUN node operator/bundle.ts manager manager.js \
  && node operator/bundle.ts loadtest loadtest.js \
  && npm prune --omit=dev --omit=optional

FROM node:${NODE_VERSION}-bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates tini \
  && rm -rf /var/lib/apt/lists/* /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx \
  && useradd --uid 10001 --user-group --no-create-home cratekube
COPY --from=pulumi /pulumi/bin/pulumi /pulumi/bin/pulumi-language-nodejs /opt/pulumi/bin/
COPY --from=pulumi /root/.pulumi/plugins /opt/pulumi/plugins
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/manager.js /app/loadtest.js /app/package.json ./
COPY operator ./operator
COPY programs ./programs
COPY charts/cratekube-loadtest ./charts/cratekube-loadtest
COPY Pulumi.yaml ./
COPY operator/image/aws operator/image/start /usr/local/bin/
# Plugins come from the image alone: neither downloads at run time nor strays on PATH. Pulumi's home has to be
# writable; operator/image/start links the plugins there.
ENV PATH=/opt/pulumi/bin:/usr/local/bin:/usr/bin:/bin \
    PULUMI_HOME=/tmp/pulumi \
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true \
    PULUMI_IGNORE_AMBIENT_PLUGINS=true \
    PULUMI_SKIP_UPDATE_CHECK=true \
    NODE_ENV=production
USER 10001:10001
ENTRYPOINT ["tini", "--", "start"]
CMD ["manager.js"]
