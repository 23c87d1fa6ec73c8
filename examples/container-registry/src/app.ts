/**
 * The token endpoint of a container registry
 * (https://distribution.github.io/distribution/spec/auth/token/). Its client sends the CI token as a
 * password, and gets a token for the repositories that the job may use.
 */

import type { TrustRule, Verifier, Workloads } from '@jobpass/express'
import { decide, WorkloadAuthError } from '@jobpass/express'
import type { Express, Request } from 'express'
import express from 'express'
import type { RegistryKey } from './registry-key.ts'

type GitHub = Workloads['github-actions']

export interface TokenEndpointOptions {
  /** `auth.token.issuer` of the registry's configuration. */
  readonly issuer: string
  /** `auth.token.service` of the registry's configuration. */
  readonly service: string
  /** Which jobs push to a repository, by its name. */
  readonly publishers: ReadonlyMap<string, TrustRule<GitHub>>
  readonly verifier: Verifier<GitHub>
  readonly key: RegistryKey
}

/** What a token allows, as the registry reads it. */
interface Access {
  readonly type: 'repository'
  readonly name: string
  readonly actions: readonly string[]
}

/** Seconds. A client asks again when its token has expired. */
const lifetime = 300

export function createApp({ issuer, service, publishers, verifier, key }: TokenEndpointOptions): Express {
  const app = express()
  app.set('query parser', 'simple')

  app.get('/token', async (req, res) => {
    if (req.query['service'] !== service) {
      res.status(400).json({ message: `The service of this endpoint is ${service}.` })
      return
    }
    const job = await verifier.verify(passwordOf(req))
    const access = scopesOf(req).map((asked) => ({ ...asked, actions: allowed(asked, job) }))
    const now = Math.floor(Date.now() / 1000)
    const token = await key.sign({
      iss: issuer,
      sub: job.subject,
      aud: service,
      iat: now,
      nbf: now,
      exp: now + lifetime,
      access,
    })
    res
      .set('Cache-Control', 'no-store')
      .json({ token, expires_in: lifetime, issued_at: new Date(now * 1000).toISOString() })
  })

  /** Anyone whose job is verified may pull. A push needs a rule of the repository. */
  const allowed = ({ name, actions }: Access, job: GitHub): readonly string[] => {
    const rule = publishers.get(name)
    const mayPush = rule !== undefined && decide(rule, job).allowed
    return actions.filter((action) => action === 'pull' || (action === 'push' && mayPush))
  }

  app.use(((error, _req, res, next) => {
    if (!(error instanceof WorkloadAuthError)) return next(error)
    const { status, headers, problem } = error
    // Clients of registries know HTTP Basic, and show `details`.
    const challenge = status === 401 ? { 'WWW-Authenticate': `Basic realm="${service}"` } : {}
    res
      .status(status)
      .set({ ...headers, ...challenge })
      .json({ ...problem, details: problem.detail })
  }) as express.ErrorRequestHandler)
  return app
}

/** The CI token: the password of HTTP Basic, whatever the user name. */
function passwordOf(req: Request): string {
  const encoded = /^basic +([\w+/]+=*)$/i.exec(req.get('authorization') ?? '')?.[1] ?? ''
  const text = Buffer.from(encoded, 'base64').toString()
  return text.slice(text.indexOf(':') + 1)
}

/** Reads `scope=repository:acme/shop:pull,push`, which may be there several times. */
function scopesOf(req: Request): readonly Access[] {
  const given = [req.query['scope'] ?? []].flat().flatMap((each) => String(each).split(' '))
  return given.slice(0, 20).flatMap((scope) => {
    const [, name, actions] = /^repository:([a-z0-9._/-]{1,255}):([a-z,*]{1,50})$/.exec(scope) ?? []
    return name === undefined || actions === undefined
      ? []
      : [{ type: 'repository', name, actions: actions.split(',') }]
  })
}
