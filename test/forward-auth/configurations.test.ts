// The configurations of examples/forward-auth name every header of an identity, and so does the
// page. What no program here can run is parsed.

import { readFileSync } from 'node:fs'
import { identityHeaders } from '@jobpass/cli/internal'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { examples } from './rig.ts'

const read = (file: string): string => readFileSync(`${examples}/${file}`, 'utf8')
const found = (text: string, pattern: RegExp): readonly string[] =>
  Array.from(text.matchAll(pattern), ([, header = '']) => header)

test.each([
  ['nginx-guarded.conf', /^proxy_set_header (Jobpass-\S+) \$jobpass_\w+;$/gm],
  ['Caddyfile', /^\t+(Jobpass-\S+)$/gm],
  ['../../docs/guides/forward-auth.md', /^\| `(Jobpass-[\w-]+)`/gm],
])('%s lists the headers of an identity, all of them and in order', (file, pattern) => {
  expect(found(read(file), pattern)).toEqual(identityHeaders)
})

test('nginx passes each header from the answer under its own name', () => {
  const config = read('nginx-guarded.conf')
  for (const header of identityHeaders) {
    const variable = header.toLowerCase().replaceAll('-', '_')
    expect(config).toContain(`auth_request_set $${variable} $upstream_http_${variable};\n`)
    expect(config).toContain(`proxy_set_header ${header} $${variable};\n`)
  }
})

test('Traefik removes and copies every header of an identity, however it is spelled', () => {
  const { http } = parse(read('traefik.yaml')) as {
    readonly http: {
      readonly middlewares: Readonly<
        Record<
          string,
          { readonly forwardAuth: { readonly address: string; readonly authResponseHeadersRegex: string } }
        >
      >
      readonly routers: Readonly<Record<string, { readonly middlewares: readonly string[] }>>
    }
  }
  const used = Object.values(http.routers).flatMap(({ middlewares }) => middlewares)
  expect(used).toEqual(Object.keys(http.middlewares))
  for (const { forwardAuth } of Object.values(http.middlewares)) {
    expect(forwardAuth.address).toMatch(/^http:\/\/127\.0\.0\.1:4921\/guards\/(?:deploy|read)$/)
    // RE2 has the flag in the pattern.
    const pattern = new RegExp(forwardAuth.authResponseHeadersRegex.replace('(?i)', ''), 'i')
    for (const header of identityHeaders)
      for (const name of [header, header.toUpperCase(), header.replaceAll('-', '_')]) expect(name).toMatch(pattern)
  }
})

test('Envoy refuses without an answer, lets no path choose the guard, and switches off other guards only', () => {
  interface Filter {
    readonly name: string
    readonly typed_config: {
      readonly failure_mode_allow?: boolean
      readonly http_service?: { readonly path_prefix: string }
    }
  }
  interface Route {
    readonly match: { readonly path_separated_prefix: string }
    readonly typed_per_filter_config: object
  }
  const { static_resources: resources } = parse(read('envoy.yaml')) as {
    readonly static_resources: {
      readonly listeners: readonly {
        readonly filter_chains: readonly {
          readonly filters: readonly {
            readonly typed_config: {
              readonly http_filters: readonly Filter[]
              readonly route_config: { readonly virtual_hosts: readonly { readonly routes: readonly Route[] }[] }
            }
          }[]
        }[]
      }[]
    }
  }
  const manager = resources.listeners[0]?.filter_chains[0]?.filters[0]?.typed_config
  const guards = (manager?.http_filters ?? []).filter(({ name }) => name.startsWith('guard-'))
  expect(manager?.http_filters.at(-1)?.name).toBe('envoy.filters.http.router')
  expect(
    guards.map(({ typed_config: { failure_mode_allow, http_service } }) => [
      failure_mode_allow,
      http_service?.path_prefix,
    ]),
  ).toEqual([
    [false, '/guards/deploy?'],
    [false, '/guards/read?'],
  ])
  const routes = manager?.route_config.virtual_hosts[0]?.routes ?? []
  expect(
    routes.map(({ match, typed_per_filter_config: off }) => [match.path_separated_prefix, Object.keys(off)]),
  ).toEqual([
    ['/deploy', ['guard-read']],
    ['/status', ['guard-deploy']],
  ])
})

test('the container runs without root and without a shell', () => {
  const steps = read('Containerfile')
    .split('\n')
    .filter((line) => /^(?:FROM|USER|HEALTHCHECK|ENTRYPOINT)/.test(line))
  expect(steps.map((line) => line.split(' ', 2).join(' '))).toEqual([
    'FROM node:22-slim',
    'FROM gcr.io/distroless/nodejs22-debian12:nonroot',
    'USER nonroot',
    'HEALTHCHECK --interval=10s',
    expect.stringMatching(/^ENTRYPOINT \[/) as string,
  ])
})
