/**
 * A gateway in front of an npm registry. Anyone may read. A CI job publishes with `npm publish`:
 * npm 11.5 and newer exchanges the job's token by itself
 * (https://docs.npmjs.com/trusted-publishers).
 */

import { createExchange, serviceTokens, viaExchange } from '@jobpass/exchange'
import type { Exchange } from '@jobpass/exchange'
import type { IssuerProvider, TrustRule, Workloads } from '@jobpass/express'
import {
  createVerifier,
  endpoints,
  githubActions,
  memoryReplayStore,
  requireWorkload,
  workloadAuth,
} from '@jobpass/express'
import type { ErrorRequestHandler, Express } from 'express'
import express from 'express'
import { forwardTo, publishTo } from './forward.ts'
import { publicationOf, Refusal } from './publication.ts'

type GitHub = Workloads['github-actions']

export interface GatewayOptions {
  /** The public URL of the gateway, without a slash at its end. */
  readonly url: string
  /** The registry behind it, which only the gateway can reach. */
  readonly upstream: URL
  /** Which jobs publish a package, by its name. */
  readonly publishers: ReadonlyMap<string, TrustRule<GitHub>>
  readonly github?: IssuerProvider<GitHub>
  readonly insecureLoopback?: true
}

/** The path at which npm exchanges the token of its job. */
const exchangePath = '/-/npm/v1/oidc/token/exchange/package/:name'

/** One scope, whatever the name: a space in it would end the scope and begin another one. */
const scopeOf = (name: string): string => `publish:${encodeURIComponent(name)}`

/** The largest document, in which a tarball takes a third more than its size. */
const limit = '100mb'

export async function createApp(options: GatewayOptions): Promise<Express> {
  const { url, upstream, publishers, github = githubActions, ...loopback } = options
  const issuer = `${url}/-/auth`
  // One process. Several share a store, keys and a table of publishers: see publish-service.
  const replay = { store: memoryReplayStore() }
  const exchange = await createExchange({
    issuer,
    // npm asks its platform for a token with this audience.
    verifier: createVerifier({ audience: `npm:${new URL(url).hostname}`, trust: [...publishers.values()], replay }),
    grants: [...publishers].map(([name, rule]) => ({
      name,
      rule,
      scopes: [scopeOf(name)],
      audience: url,
      lifetime: 300,
    })),
    singleProcess: true,
    ...loopback,
  })
  const publish = publishTo(upstream)
  const tokens = serviceTokens(issuer, { jobs: github, fetch: exchange.fetch, revocable: true, ...loopback })

  const app = express()
  app.use(endpoints(exchange))
  app.post(exchangePath, async (req, res) => {
    const token = /^bearer +(\S+)$/i.exec(req.get('authorization') ?? '')?.[1] ?? ''
    const { status, ...answer } = await exchangeToken(exchange, token, scopeOf(req.params.name))
    res.status(status).json(answer)
  })
  app.get('/{*path}', forwardTo(upstream))
  app.put(
    '/:name',
    workloadAuth({ audience: url, trust: tokens, replay }),
    requireWorkload((_job, { params }) => {
      const name = String(params['name'])
      const rule = publishers.get(name)
      return rule && viaExchange(rule, { scope: scopeOf(name) })
    }),
    express.json({ limit }),
    async (req, res) => {
      const { name } = req.params
      const { status, body } = await publish(name, publicationOf(name, req.body, url))
      res.status(status).type('json').send(body)
    },
  )
  app.use((_req, res) => {
    res.status(405).json({ error: 'This registry is for npm install and npm publish only.' })
  })
  app.use(refuse)
  return app
}

/** Answers a document that is refused, or cannot be read. npm shows `error`. */
const refuse: ErrorRequestHandler = (failure, _req, res, next) => {
  const { status } = failure as { readonly status?: unknown }
  if (failure instanceof Refusal) res.status(failure.status).json({ error: failure.message })
  else if (status === 400 || status === 413)
    res.status(status).json({ error: `The document is no JSON of at most ${limit}.` })
  else next(failure)
}

/** Exchanges a CI token, and answers as npm expects. */
async function exchangeToken(
  exchange: Exchange,
  token: string,
  scope: string,
): Promise<{ readonly status: number; readonly token?: string; readonly message?: string }> {
  const form = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    subject_token: token,
    scope,
  })
  const answer = await exchange.answer({
    method: 'POST',
    path: `${new URL(exchange.issuer).pathname}/token`,
    headers: (name) => (name === 'content-type' ? ['application/x-www-form-urlencoded'] : []),
    body: async () => form.toString(),
  })
  const { status = 404, body = '{}' } = answer ?? {}
  const { access_token, error_description } = JSON.parse(body) as Readonly<Record<string, string>>
  return status === 200 && access_token !== undefined
    ? { status: 201, token: access_token }
    : { status, message: error_description ?? 'The token cannot be exchanged.' }
}
